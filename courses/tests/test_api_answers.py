"""/api/v1/courses/: texts and ticks, given by a student and read by those who see the class."""

import pytest

from courses.domain import answers, course_tasks
from courses.models import Answer


@pytest.fixture
def essay(school):
    return course_tasks.add_task(None, school.course, path="/essay", asks_for="text")


def own(task):
    return f"/api/v1/courses/{task.course_id}/tasks/{task.pk}/answer"


def test_a_student_gives_reads_changes_and_takes_back_a_text(school, essay, api_of):
    api = api_of(school.alice.person)
    assert api.get(own(essay)).status_code == 404
    made = api.put(own(essay), {"text": " One "})
    assert made.status_code == 200
    assert {**made.json(), "given_at": ""} == {
        "username": "alice", "task": essay.pk, "text": "One", "given_at": "", "changed_at": None
    }  # fmt: skip
    assert api.put(own(essay), {"text": "Two"}).json()["changed_at"]
    assert api.get(own(essay)).json()["text"] == "Two"
    assert api.delete(own(essay)).status_code == 204
    assert api.delete(own(essay)).status_code == 404
    assert not Answer.objects.exists()


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x" * 10_001}, {"text": 5}, {"text": None}])
def test_a_text_out_of_shape_is_refused_at_its_field(school, essay, api_of, body):
    refused = api_of(school.alice.person).put(own(essay), body)
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "text")


def test_a_tick_takes_an_empty_body_and_an_exercise_takes_nothing(school, api_of):
    api = api_of(school.alice.person)
    rules = course_tasks.add_task(None, school.course, path="/rules", asks_for="tick")
    assert api.put(own(rules), {}).json()["text"] == ""
    assert api.put(own(rules), {"text": "yes"}).json()["error"]["code"] == "no_text"
    assert api.put(own(school.first), {"text": "yes"}).status_code == 409


def test_the_class_s_answers_are_listed_by_task_group_and_student_for_those_who_see_it(school, essay, api_of):
    for enrolment in (school.alice, school.bob):
        answers.give_answer(enrolment.person, enrolment, essay, text=enrolment.person.username)
    other = course_tasks.add_task(None, school.course, path="/other", asks_for="text")
    answers.give_answer(school.alice.person, school.alice, other, text="other")
    api, where = api_of(school.course.teacher), f"/api/v1/courses/{school.course.pk}/answers"

    def texts(query):
        return [row["text"] for row in api.get(f"{where}?{query}").json()["results"]]

    assert texts("") == ["alice", "bob", "other"]
    assert texts(f"task={essay.pk}") == ["alice", "bob"]
    assert texts("group=A2") == ["bob"]
    assert texts("username=alice") == ["alice", "other"]
    course_tasks.change_task(None, other, asks_for="nothing")
    assert texts("username=alice") == ["alice"]
    api = api_of(school.bob.person)
    assert texts("") == ["bob"]
    assert texts("username=alice") == []


def test_what_was_given_for_another_thing_is_no_answer_and_can_still_be_taken_back(school, essay, api_of):
    api = api_of(school.alice.person)
    api.put(own(essay), {"text": "One"})
    course_tasks.change_task(None, essay, asks_for="tick")
    assert api.get(own(essay)).status_code == 404
    assert api.delete(own(essay)).status_code == 204
    assert not Answer.objects.exists()
