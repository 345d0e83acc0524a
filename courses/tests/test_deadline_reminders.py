"""The mail about a task that is due tomorrow and not done."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from courses.domain import answers, extensions, roster
from courses.models import Course, GroupDeadline, Progress, Task
from courses.reminders.deadlines_tomorrow import remind_of_deadlines
from courses.tests.conftest import DEADLINE
from mail import choices
from mail.digests import write_digests
from mail.models import Mail
from mail.notices import notify_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_mails")]
NOW = datetime(2026, 10, 20, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def notified():
    """Return who got a mail, and its subject."""
    mails = Mail.objects.order_by("pk").select_related("person")
    return [(mail.person.username, mail.subject) for mail in mails]


def at(text):
    return datetime.fromisoformat(text)


@pytest.fixture
def due(school):
    """`due("2026-11-03T23:59+01:00")` gives the first exercise this deadline, for everybody."""

    def change(moment):
        Task.objects.filter(pk=school.first.pk).update(deadline=at(moment))

    return change


def test_a_deadline_tomorrow_is_told_once_from_seven_on_to_those_who_have_not_done_it(school, due):
    due("2026-11-04T23:59+01:00")
    Progress.objects.create(enrolment=school.bob, task=school.first, state="done", since=NOW)
    for moment in ("2026-11-02T12:00+01:00", "2026-11-03T06:59+01:00"):
        remind_of_deadlines(at(moment))
    assert notified() == []
    for moment in ("2026-11-03T07:00+01:00", "2026-11-03T07:15+01:00", "2026-11-04T08:00+01:00"):
        remind_of_deadlines(at(moment))
    assert notified() == [("alice", "Due tomorrow: “Exercice 1”")]
    assert "is due on Wed 4 Nov 23:59, and you have not done it yet." in Mail.objects.get().text


@pytest.mark.parametrize("state", ["todo", "started", "removed"])
def test_work_that_is_begun_or_removed_is_not_done(school, due, state):
    due("2026-11-04T12:00+01:00")
    Progress.objects.create(enrolment=school.alice, task=school.first, state=state, since=NOW)
    remind_of_deadlines(at("2026-11-03T08:00+01:00"))
    assert {name for name, _subject in notified()} == {"alice", "bob"}


def test_another_deadline_is_told_again(school, due):
    due("2026-11-04T12:00+01:00")
    remind_of_deadlines(at("2026-11-03T08:00+01:00"))
    due("2026-11-05T12:00+01:00")
    remind_of_deadlines(at("2026-11-04T08:00+01:00"))
    assert len(notified()) == 4


def test_the_deadline_is_the_student_s_own(school, due):
    due("2026-11-04T12:00+01:00")
    later = at("2026-11-10T12:00+01:00")
    extensions.grant_extension(None, school.first, school.alice, deadline=later, reason="Ill")
    GroupDeadline.objects.create(task=school.first, group=school.bob.group, deadline=at("2026-11-06T12:00+01:00"))
    Mail.objects.all().delete()
    days = []
    for day in range(1, 12):
        remind_of_deadlines(at(f"2026-11-{day:02}T08:00+01:00"))
        days += [(day, name) for name, _subject in notified()]
        Mail.objects.all().delete()
    assert days == [(5, "bob"), (9, "alice")]


@pytest.mark.parametrize(
    ("zone", "now", "due_at", "is_tomorrow"),
    [
        # 25 October 2026 has 25 hours in Paris, 28 March 2027 has 23.
        ("Europe/Paris", "2026-10-24T07:00+02:00", "2026-10-25T23:59+01:00", True),
        ("Europe/Paris", "2026-10-24T07:00+02:00", "2026-10-26T00:00+01:00", False),
        ("Europe/Paris", "2026-10-24T07:00+02:00", "2026-10-25T00:00+02:00", True),
        ("Europe/Paris", "2026-10-24T07:00+02:00", "2026-10-24T23:59+02:00", False),
        ("Europe/Paris", "2027-03-27T23:30+01:00", "2027-03-28T00:00+01:00", True),
        ("Europe/Paris", "2027-03-27T23:30+01:00", "2027-03-28T23:59+02:00", True),
        ("Europe/Paris", "2027-03-27T23:30+01:00", "2027-03-29T00:00+02:00", False),
        ("Pacific/Auckland", "2026-11-03T07:00+13:00", "2026-11-04T23:59+13:00", True),
        ("Pacific/Auckland", "2026-11-03T06:59+13:00", "2026-11-04T23:59+13:00", False),
        ("America/Los_Angeles", "2026-10-31T07:00-07:00", "2026-11-01T23:59-08:00", True),
        ("America/Los_Angeles", "2026-10-31T07:00-07:00", "2026-11-02T00:00-08:00", False),
    ],
)
def test_tomorrow_is_a_day_of_the_course_also_over_clock_changes(school, due, frozen, zone, now, due_at, is_tomorrow):
    Course.objects.update(zone=zone)
    frozen.move_to(at(now))
    due(due_at)
    remind_of_deadlines()
    assert bool(notified()) is is_tomorrow


def test_nobody_is_reminded_in_an_archived_course_or_of_a_chapter(school, due):
    due("2026-11-04T12:00+01:00")
    Task.objects.filter(pk=school.first.pk).update(asks_for=Task.Asks.NOTHING)
    remind_of_deadlines(at("2026-11-03T08:00+01:00"))
    Task.objects.filter(pk=school.first.pk).update(asks_for=Task.Asks.EXERCISE)
    Course.objects.update(archived_at=NOW)
    remind_of_deadlines(at("2026-11-03T08:00+01:00"))
    assert notified() == []


def test_a_tick_that_is_given_is_done(school, rules, due):
    Task.objects.filter(pk=school.first.pk).update(deadline=None)
    answers.give_answer(school.alice.person, school.alice, rules)
    remind_of_deadlines(DEADLINE - timedelta(hours=10))
    assert notified() == [("bob", "Due tomorrow: “Rules”")]


def test_the_morning_s_daily_mail_has_the_reminder(school, due):
    choices.choose(school.alice.person_id, {"courses.deadline_tomorrow": "daily"})
    due("2026-11-04T12:00+01:00")
    with time_machine.travel(at("2026-11-03T07:05+01:00"), tick=False):
        remind_of_deadlines()
    write_digests(at("2026-11-03T07:31+01:00"))
    assert "1. Due tomorrow: “Exercice 1”" in Mail.objects.get(kind="mail.digest").text


def test_a_run_that_has_nothing_to_tell_needs_few_queries(school, due, person, assert_flat):
    due("2026-11-04T12:00+01:00")
    now = at("2026-11-03T08:00+01:00")

    def grow():
        for number in range(20):
            roster.enrol(None, school.course, username=person(f"s{number}").username)
        remind_of_deadlines(now)

    remind_of_deadlines(now)
    assert_flat(lambda: remind_of_deadlines(now), grow, limit=8)
    assert len(notified()) == 22


def test_two_workers_at_once_tell_a_student_once(school, due):
    due("2026-11-04T12:00+01:00")
    now = at("2026-11-03T08:00+01:00")
    remind_of_deadlines(now)
    key = Mail.objects.get(person=school.alice.person).key.partition(":")[2].partition(":")[2]
    notify_all(
        [school.alice.person],
        "courses.deadline_tomorrow",
        key=key,
        template="courses/mail/deadline_tomorrow.txt",
        context={"task": "T", "course": "C", "due": "D"},
        path="/",
    )
    assert len(notified()) == 2
