"""The page where an answer is given, and the pages that show it."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from courses.domain import answers, course_tasks, courses, roster
from courses.models import Answer
from courses.tests.conftest import DEADLINE

NOW = DEADLINE - timedelta(days=2)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def essay(school):
    return course_tasks.add_task(None, school.course, path="/essay", title="Essay", asks_for="text", deadline=DEADLINE)


@pytest.fixture
def rules(school):
    return course_tasks.add_task(None, school.course, path="/rules", title="Rules", asks_for="tick")


@pytest.fixture
def student(school, client_of):
    return client_of(school.alice.person)


def page(task, name="task-own"):
    return reverse(name, args=[task.course_id, task.pk])


def own(school):
    return reverse("course-student", args=[school.course.pk, "alice"])


def test_a_text_is_written_changed_and_taken_back_on_its_page(school, essay, student, frozen):
    assert "Give the text" in student.get(page(essay)).content.decode()
    answer = student.post(page(essay), {"text": "One\r\n<b>two</b>", "give": "1"}, follow=True)
    assert answer.redirect_chain == [(page(essay), 302)]
    text = answer.content.decode()
    assert "“Essay” is given." in text
    assert "One\n&lt;b&gt;two&lt;/b&gt;</textarea>" in text
    assert text.count("Done on time") == 1
    assert "changed <" not in text
    frozen.shift(timedelta(days=1))
    text = student.post(page(essay), {"text": "Other"}, follow=True).content.decode()
    assert "The change to “Essay” is kept." in text
    assert "given <time" in text
    assert "changed <time" in text
    assert student.post(page(essay), {"take_back": "1"}).status_code == 302
    assert not Answer.objects.exists()


@pytest.mark.parametrize(("typed", "sentence"), [(" ", "Write something first"), ("y" * 10_001, "10001 characters")])
def test_a_refused_text_stays_in_the_form_with_the_reason_at_its_field(essay, student, typed, sentence):
    answer = student.post(page(essay), {"text": typed})
    assert answer.status_code == 422
    assert sentence in answer.context["form"].errors["text"][0].replace(",", "")
    assert f"{typed}</textarea>" in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()


def test_what_was_typed_is_not_lost_when_the_task_asks_for_another_thing_meanwhile(school, essay, student):
    course_tasks.change_task(None, essay, asks_for="exercise")
    answer = student.post(page(essay), {"text": "Hours of work"})
    assert answer.status_code == 422
    assert "Hours of work</textarea>" in answer.content.decode()
    assert "neither a text nor a tick" in answer.content.decode()
    assert "when it is done" in student.get(page(essay, "task-own-fragment")).content.decode()
    assert "<textarea" not in student.get(page(essay)).content.decode()


def test_what_is_fetched_again_has_no_field_to_type_in(essay, student):
    text = student.get(page(essay)).content.decode()
    start = text.index('id="standing"')
    assert text.index("<textarea") > text.index("<form", start)
    assert "<textarea" not in student.get(page(essay, "task-own-fragment")).content.decode()
    assert "<textarea" not in text[start : text.index("<form", start)]


def test_a_tick_is_a_box_on_its_page_and_among_the_tasks(school, rules, student):
    for where in (own(school), page(rules)):
        assert 'role="checkbox" aria-checked="false" name="give"' in student.get(where).content.decode()
    assert student.post(page(rules), {"give": "1"})["Location"] == f"{own(school)}#task-{rules.pk}"
    for where in (own(school), page(rules)):
        assert 'role="checkbox" aria-checked="true" name="take_back"' in student.get(where).content.decode()
    student.post(page(rules), {"take_back": "1"})
    assert not Answer.objects.exists()


def test_the_pages_of_a_student_lead_to_what_is_to_be_answered(school, essay, rules, student):
    for where in (reverse("home"), own(school)):
        text = student.get(where).content.decode()
        for task in (essay, rules):
            assert f'href="{page(task)}"' in text, where


def test_a_course_put_away_shows_what_was_given_and_takes_nothing(school, essay, rules, student):
    answers.give_answer(school.alice.person, school.alice, essay, text="Kept")
    courses.change_course(None, school.course, archived=True)
    text = student.get(page(essay)).content.decode()
    assert "Kept" in text
    assert "<textarea" not in text
    answer = student.post(page(essay), {"text": "Other"})
    assert answer.status_code == 422
    assert "put away" in answer.content.decode()
    assert (
        'role="checkbox"' not in student.get(own(school)).content.decode() + student.get(page(rules)).content.decode()
    )


def test_the_teacher_reads_texts_with_their_lines_long_ones_folded(school, essay, client_of, frozen):
    answers.give_answer(school.alice.person, school.alice, essay, text="One <b>\ntwo")
    answers.give_answer(school.bob.person, school.bob, essay, text="Long " * 200)
    frozen.shift(timedelta(days=1))
    answers.give_answer(school.alice.person, school.alice, essay, text="One <i>\ntwo")
    teacher = client_of(school.course.teacher)
    for where in (reverse("course-task", args=[school.course.pk, essay.pk]), own(school)):
        text = teacher.get(where).content.decode()
        assert "One &lt;i&gt;<br>two" in text
        assert text.count('<details id="answer-') == ("students" not in where)
    report = teacher.get(reverse("course-task", args=[school.course.pk, essay.pk]))
    (first, _second) = report.context["report"].answers
    assert (first[1].given_at, first[1].changed_at) == (NOW, NOW + timedelta(days=1))
    part = teacher.get(reverse("course-task-fragment", args=[school.course.pk, essay.pk])).content.decode()
    assert "commit" not in part.lower()


def test_the_task_page_of_a_tick_says_who_gave_it_and_who_did_not(school, client_of, frozen):
    rules = course_tasks.add_task(None, school.course, path="/rules", asks_for="tick", deadline=DEADLINE)
    answers.give_answer(school.alice.person, school.alice, rules)
    frozen.move_to(DEADLINE + timedelta(days=1))
    report = (
        client_of(school.course.teacher)
        .get(reverse("course-task", args=[school.course.pk, rules.pk]))
        .context["report"]
    )
    assert [(kind, count) for kind, count, _width in report.summary] == [
        ("done_before", 1), ("done_after", 0), ("missing", 1)
    ]  # fmt: skip
    assert [work.name for work in report.missing] == [school.bob.person.display_name]


def test_the_pages_take_the_same_queries_for_two_students_and_thirty(
    school, essay, person, client_of, student, assert_flat
):
    def crowd():
        for number in range(30):
            name = person(f"student{number}").username
            enrolment = roster.enrol(None, school.course, username=name)
            answers.give_answer(enrolment.person, enrolment, essay, text=f"Text {number}")

    teacher = client_of(school.course.teacher)
    answers.give_answer(school.alice.person, school.alice, essay, text="One")
    assert_flat(lambda: teacher.get(reverse("course-task", args=[school.course.pk, essay.pk])), crowd)
    assert_flat(lambda: student.get(page(essay)), lambda: None)
    assert_flat(lambda: teacher.get(own(school)), lambda: None)


def test_who_deletes_a_task_is_told_that_its_answers_go(school, essay, client_of):
    teacher = client_of(school.course.teacher)
    assert (
        "that they gave for it" in teacher.get(reverse("task-edit", args=[school.course.pk, essay.pk])).content.decode()
    )
    edit = reverse("task-edit", args=[school.course.pk, school.first.pk])
    assert "that they gave for it" not in teacher.get(edit).content.decode()


def test_the_admin_shows_answers_and_changes_none(school, essay, staff, client_of):
    given = answers.give_answer(school.alice.person, school.alice, essay, text="One")
    client, where = client_of(staff), reverse("admin:courses_answer_changelist")
    assert "Essay" in client.get(where).content.decode()
    assert client.post(f"{where}add/", {}).status_code == 403
    assert client.post(f"{where}{given.pk}/change/", {"text": "Other"}).status_code == 403
    assert client.post(f"{where}{given.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Answer.objects.get().text == "One"
