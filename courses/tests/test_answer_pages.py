"""The page on which a student answers a task, and the pages that show the answers."""

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
def rules(school):
    return course_tasks.add_task(None, school.course, path="/rules", title="Rules", asks_for="tick")


@pytest.fixture
def student(school, client_of):
    return client_of(school.alice.person)


def address_of(task, name="task-own"):
    return reverse(name, args=[task.course_id, task.pk])


def student_page(school):
    return reverse("course-student", args=[school.course.pk, "alice"])


def test_a_student_gives_changes_and_takes_back_a_text(school, essay, student, frozen):
    assert "Give the text" in student.get(address_of(essay)).content.decode()
    response = student.post(address_of(essay), {"text": "One\r\n<b>two</b>", "give": "1"}, follow=True)
    assert response.redirect_chain == [(address_of(essay), 302)]
    text = response.content.decode()
    assert "“Essay” is given." in text
    assert "One\n&lt;b&gt;two&lt;/b&gt;</textarea>" in text
    assert text.count("Done on time") == 1
    assert "changed <" not in text
    frozen.shift(timedelta(days=1))
    text = student.post(address_of(essay), {"text": "Other"}, follow=True).content.decode()
    assert "The change to “Essay” is kept." in text
    assert "given <time" in text
    assert "changed <time" in text
    assert student.post(address_of(essay), {"take_back": "1"}).status_code == 302
    assert not Answer.objects.exists()


@pytest.mark.parametrize(("typed", "sentence"), [(" ", "Write something first"), ("y" * 10_001, "10001 characters")])
def test_a_refused_text_stays_in_the_form_with_the_error_at_its_field(essay, student, typed, sentence):
    response = student.post(address_of(essay), {"text": typed})
    assert response.status_code == 422
    assert sentence in response.context["form"].errors["text"][0].replace(",", "")
    assert f"{typed}</textarea>" in response.content.decode()
    assert 'aria-invalid="true"' in response.content.decode()


def test_a_typed_text_is_not_lost_when_the_task_asks_for_something_else_meanwhile(school, essay, student):
    course_tasks.change_task(None, essay, asks_for="exercise")
    response = student.post(address_of(essay), {"text": "Hours of work"})
    assert response.status_code == 422
    assert "Hours of work</textarea>" in response.content.decode()
    assert "neither a text nor a tick" in response.content.decode()
    assert "when it is done" in student.get(address_of(essay, "task-own-fragment")).content.decode()
    assert "<textarea" not in student.get(address_of(essay)).content.decode()


def test_the_live_fragment_has_no_field_to_type_in(essay, student):
    text = student.get(address_of(essay)).content.decode()
    start = text.index('id="standing"')
    assert text.index("<textarea") > text.index("<form", start)
    assert "<textarea" not in student.get(address_of(essay, "task-own-fragment")).content.decode()
    assert "<textarea" not in text[start : text.index("<form", start)]


def test_a_tick_is_a_checkbox_on_its_page_and_in_the_list_of_tasks(school, rules, student):
    for address in (student_page(school), address_of(rules)):
        assert 'role="checkbox" aria-checked="false" name="give"' in student.get(address).content.decode()
    assert student.post(address_of(rules), {"give": "1"})["Location"] == f"{student_page(school)}#task-{rules.pk}"
    for address in (student_page(school), address_of(rules)):
        assert 'role="checkbox" aria-checked="true" name="take_back"' in student.get(address).content.decode()
    student.post(address_of(rules), {"take_back": "1"})
    assert not Answer.objects.exists()


def test_a_student_s_pages_link_to_the_tasks_that_ask_for_an_answer(school, essay, rules, student):
    for address in (reverse("home"), student_page(school)):
        text = student.get(address).content.decode()
        for task in (essay, rules):
            assert f'href="{address_of(task)}"' in text, address


def test_an_archived_course_shows_answers_and_accepts_none(school, essay, rules, student):
    answers.give_answer(school.alice.person, school.alice, essay, text="Kept")
    courses.change_course(None, school.course, archived=True)
    text = student.get(address_of(essay)).content.decode()
    assert "Kept" in text
    assert "<textarea" not in text
    response = student.post(address_of(essay), {"text": "Other"})
    assert response.status_code == 422
    assert "The course is archived" in response.content.decode()
    for address in (student_page(school), address_of(rules)):
        assert 'role="checkbox"' not in student.get(address).content.decode()


def test_the_teacher_reads_texts_with_line_breaks_and_long_ones_folded(school, essay, client_of, frozen):
    answers.give_answer(school.alice.person, school.alice, essay, text="One <b>\ntwo")
    answers.give_answer(school.bob.person, school.bob, essay, text="Long " * 200)
    frozen.shift(timedelta(days=1))
    answers.give_answer(school.alice.person, school.alice, essay, text="One <i>\ntwo")
    teacher = client_of(school.course.teacher)
    for address in (reverse("course-task", args=[school.course.pk, essay.pk]), student_page(school)):
        text = teacher.get(address).content.decode()
        assert "One &lt;i&gt;<br>two" in text
        assert text.count('<details id="answer-') == ("students" not in address)
    report = teacher.get(reverse("course-task", args=[school.course.pk, essay.pk]))
    (first, _second) = report.context["report"].answers
    assert (first[1].given_at, first[1].changed_at) == (NOW, NOW + timedelta(days=1))
    fragment = teacher.get(reverse("course-task-fragment", args=[school.course.pk, essay.pk])).content.decode()
    assert "commit" not in fragment.lower()


def test_the_task_page_of_a_tick_counts_and_lists_students(school, client_of, frozen):
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
    assert_flat(lambda: student.get(address_of(essay)), lambda: None)
    assert_flat(lambda: teacher.get(student_page(school)), lambda: None)


def test_the_edit_page_warns_that_deleting_a_task_deletes_its_answers(school, essay, client_of):
    teacher = client_of(school.course.teacher)
    assert (
        "that they gave for it" in teacher.get(reverse("task-edit", args=[school.course.pk, essay.pk])).content.decode()
    )
    edit = reverse("task-edit", args=[school.course.pk, school.first.pk])
    assert "that they gave for it" not in teacher.get(edit).content.decode()


def test_the_admin_shows_answers_and_cannot_change_them(school, essay, staff, client_of):
    given = answers.give_answer(school.alice.person, school.alice, essay, text="One")
    client, address = client_of(staff), reverse("admin:courses_answer_changelist")
    assert "Essay" in client.get(address).content.decode()
    assert client.post(f"{address}add/", {}).status_code == 403
    assert client.post(f"{address}{given.pk}/change/", {"text": "Other"}).status_code == 403
    assert client.post(f"{address}{given.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Answer.objects.get().text == "One"
