"""Warnings about deadlines that are saved but are probably mistakes."""

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
    """`warned("new/", …)` saves a form of tasks and returns the warnings that the next page shows."""
    client = client_of(school.course.teacher)

    def post(where, **values):
        response = client.post(f"/courses/{school.course.pk}/tasks/{where}", values)
        assert response.status_code == 302, response.context["form"].errors
        messages = get_messages(response.wsgi_request)
        warnings = [str(message) for message in messages if message.level_tag == "warning"]
        client.get("/preferences/")  # shows the messages, so that the next page has its own only
        return warnings

    return post


EXERCISE = {"title": "T", "asks_for": "exercise"}


@pytest.mark.parametrize(
    ("deadline", "warnings"),
    [
        ("", []),
        ("2026-12-20T23:59", []),
        ("2026-12-21T00:00", [OUTSIDE]),
        ("2026-10-01T12:00", [BOTH]),
        ("2026-08-31T23:59", [OUTSIDE, BOTH]),
        ("2062-10-20T12:00", ["This deadline is outside the semester, 1 September 2026 to 20 December 2026."]),
    ],
)
def test_a_new_task_warns_of_an_odd_deadline(warned, deadline, warnings):
    assert warned("new/", **EXERCISE, path="/t", deadline=deadline) == warnings


def test_a_chapter_with_a_past_deadline_makes_nobody_overdue(warned):
    assert warned("new/", title="C", path="/c", asks_for="nothing", deadline="2026-10-01T12:00") == [f"{PASSED}."]


def test_only_a_changed_deadline_is_warned_of(school, warned):
    task = course_tasks.add_task(None, school.course, path="/t", title="T", asks_for=Task.Asks.EXERCISE)
    where, values = f"{task.pk}/edit/", {**EXERCISE, "path": "/t", "deadline": "2026-10-01T12:00"}
    assert warned(where, **values) == [BOTH]
    assert warned(where, **values | {"title": "Other"}) == []


def test_the_deadline_of_a_group_and_an_extension_warn_too(school, warned):
    task = course_tasks.add_task(
        None, school.course, path="/t", asks_for=Task.Asks.EXERCISE, deadline=datetime(2026, 9, 1, tzinfo=UTC)
    )
    assert warned(f"{task.pk}/deadline/", group="A1", deadline="2026-10-01T12:00") == [ONE]
    assert warned(f"{task.pk}/extension/", student="bob", reason="ill", deadline="2026-10-02T12:00") == [ONE]
    assert warned(f"{task.pk}/extension/", student="bob", reason="ill", deadline="2027-01-02T12:00") == [
        "This deadline is outside the semester, 1 September 2026 to 20 December 2026."
    ]


def test_a_semester_without_an_end_is_compared_by_its_beginning(school, warned):
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
