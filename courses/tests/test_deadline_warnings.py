"""A deadline that is likely a slip is taken, and said."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.messages import get_messages

from courses.domain import course_tasks, semesters
from courses.models import Task

PASSED = "This deadline has passed"
BOTH = f"{PASSED}: 2 students without this task are overdue at once."
ONE = f"{PASSED}: 1 student without this task is overdue at once."
OUTSIDE = "This deadline is outside the semester, 1 September to 20 December."


@pytest.fixture(autouse=True)
def autumn(school, time_machine):
    semesters.change_semester(None, school.course.semester, starts_on=date(2026, 9, 1), ends_on=date(2026, 12, 20))
    time_machine.move_to(datetime(2026, 10, 10, 12, tzinfo=UTC), tick=False)


@pytest.fixture
def warned(school, client_of):
    """`warned("tasks/new/", …)`: what is said as a warning after saving."""
    client = client_of(school.course.teacher)

    def post(where, **told):
        answer = client.post(f"/courses/{school.course.pk}/tasks/{where}", told)
        assert answer.status_code == 302, answer.context["form"].errors
        said = [str(one) for one in get_messages(answer.wsgi_request) if one.level_tag == "warning"]
        client.get("/preferences/")  # read, so that the next page says its own
        return said

    return post


EXERCISE = {"title": "T", "asks_for": "exercise"}


@pytest.mark.parametrize(
    ("deadline", "said"),
    [
        ("", []),
        ("2026-12-20T23:59", []),
        ("2026-12-21T00:00", [OUTSIDE]),
        ("2026-10-01T12:00", [BOTH]),
        ("2026-08-31T23:59", [OUTSIDE, BOTH]),
        ("2062-10-20T12:00", ["This deadline is outside the semester, 1 September 2026 to 20 December 2026."]),
    ],
)
def test_a_new_task_says_what_is_odd_about_its_deadline(warned, deadline, said):
    assert warned("new/", **EXERCISE, path="/t", deadline=deadline) == said


def test_a_chapter_in_the_past_makes_nobody_late(warned):
    assert warned("new/", title="C", path="/c", asks_for="nothing", deadline="2026-10-01T12:00") == [f"{PASSED}."]


def test_only_a_deadline_that_changes_is_spoken_of(school, warned):
    task = course_tasks.add_task(None, school.course, path="/t", title="T", asks_for=Task.Asks.EXERCISE)
    where, told = f"{task.pk}/edit/", {**EXERCISE, "path": "/t", "deadline": "2026-10-01T12:00"}
    assert warned(where, **told) == [BOTH]
    assert warned(where, **told | {"title": "Other"}) == []


def test_a_group_and_a_student_say_it_too(school, warned):
    task = course_tasks.add_task(
        None, school.course, path="/t", asks_for=Task.Asks.EXERCISE, deadline=datetime(2026, 9, 1, tzinfo=UTC)
    )
    assert warned(f"{task.pk}/deadline/", group="A1", deadline="2026-10-01T12:00") == [ONE]
    assert warned(f"{task.pk}/extension/", student="bob", reason="ill", deadline="2026-10-02T12:00") == [ONE]
    assert warned(f"{task.pk}/extension/", student="bob", reason="ill", deadline="2027-01-02T12:00") == [
        "This deadline is outside the semester, 1 September 2026 to 20 December 2026."
    ]


def test_of_a_semester_whose_end_is_not_known_the_beginning_is_said(school, warned):
    semesters.change_semester(None, school.course.semester, ends_on=None)
    assert warned("new/", **EXERCISE, path="/t", deadline="2062-10-20T12:00") == []
    assert warned("new/", **EXERCISE, path="/u", deadline="2026-08-20T12:00") == [
        "This deadline is before the semester begins, 1 September 2026.",
        BOTH,
    ]
    semesters.change_semester(None, school.course.semester, starts_on=None, ends_on=date(2026, 12, 20))
    assert warned("new/", **EXERCISE, path="/v", deadline="2062-10-20T12:00") == [
        "This deadline is after the semester ends, 20 December 2026."
    ]
