"""/api/v1/courses/: students give texts and ticks, and those who see the class read them."""

import pytest

from courses.domain import answers, course_tasks
from courses.models import Answer


@pytest.fixture
def essay(school):
    return course_tasks.add_task(None, school.course, path="/essay", asks_for="text")


def own_answer_url(task):
    return f"/api/v1/courses/{task.course_id}/tasks/{task.pk}/answer"


def test_a_student_gives_reads_changes_and_takes_back_a_text(school, essay, api_of):
    api = api_of(school.alice.person)
    assert api.get(own_answer_url(essay)).status_code == 404
    created = api.put(own_answer_url(essay), {"text": " One "})
    assert created.status_code == 200
    assert {**created.json(), "given_at": ""} == {
        "username": "alice", "task": essay.pk, "text": "One", "given_at": "", "changed_at": None
    }  # fmt: skip
    assert api.put(own_answer_url(essay), {"text": "Two"}).json()["changed_at"]
    assert api.get(own_answer_url(essay)).json()["text"] == "Two"
    assert api.delete(own_answer_url(essay)).status_code == 204
    assert api.delete(own_answer_url(essay)).status_code == 404
    assert not Answer.objects.exists()


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x" * 10_001}, {"text": 5}, {"text": None}])
def test_a_malformed_text_is_refused_with_its_field(school, essay, api_of, body):
    refused = api_of(school.alice.person).put(own_answer_url(essay), body)
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "text")


def test_a_tick_takes_an_empty_body_and_an_exercise_takes_no_answer(school, api_of):
    api = api_of(school.alice.person)
    rules = course_tasks.add_task(None, school.course, path="/rules", asks_for="tick")
    assert api.put(own_answer_url(rules), {}).json()["text"] == ""
    assert api.put(own_answer_url(rules), {"text": "yes"}).json()["error"]["code"] == "no_text"
    assert api.put(own_answer_url(school.first), {"text": "yes"}).status_code == 409


def test_answers_are_listed_by_task_group_and_student_for_the_teacher_and_only_own_ones_for_a_student(
    school, essay, api_of
):
    for enrolment in (school.alice, school.bob):
        answers.give_answer(enrolment.person, enrolment, essay, text=enrolment.person.username)
    other = course_tasks.add_task(None, school.course, path="/other", asks_for="text")
    answers.give_answer(school.alice.person, school.alice, other, text="other")
    api, url = api_of(school.course.teacher), f"/api/v1/courses/{school.course.pk}/answers"

    def texts(query):
        return [row["text"] for row in api.get(f"{url}?{query}").json()["results"]]

    assert texts("") == ["alice", "bob", "other"]
    assert texts(f"task={essay.pk}") == ["alice", "bob"]
    assert texts("group=A2") == ["bob"]
    assert texts("username=alice") == ["alice", "other"]
    course_tasks.change_task(None, other, asks_for="nothing")
    assert texts("username=alice") == ["alice"]
    api = api_of(school.bob.person)
    assert texts("") == ["bob"]
    assert texts("username=alice") == []


def test_an_answer_of_another_kind_is_not_found_but_can_be_taken_back(school, essay, api_of):
    api = api_of(school.alice.person)
    api.put(own_answer_url(essay), {"text": "One"})
    course_tasks.change_task(None, essay, asks_for="tick")
    assert api.get(own_answer_url(essay)).status_code == 404
    assert api.delete(own_answer_url(essay)).status_code == 204
    assert not Answer.objects.exists()
