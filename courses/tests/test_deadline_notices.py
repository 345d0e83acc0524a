"""Mails about a student's own deadlines: extensions, deadlines that move, and deadlines of tomorrow."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from courses.domain import answers, course_tasks, courses, extensions, group_deadlines, roster
from courses.models import Course, Enrolment, Extension, GroupDeadline, Progress, Task
from courses.reminders.deadlines_tomorrow import remind_of_deadlines
from courses.tests.conftest import DEADLINE
from mail import choices
from mail.digests import write_digests
from mail.models import Mail, Notice
from mail.notices import notify_all

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 20, 14, 0, tzinfo=UTC)
LATER = DEADLINE + timedelta(days=7)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def school(school):
    """The course, when the mails about it have been read."""
    Mail.objects.all().delete()
    return school


def told(kind=""):
    """Return who got a mail, and its subject."""
    mails = Mail.objects.filter(kind__contains=kind).order_by("pk")
    return [(mail.person.username, mail.subject) for mail in mails.select_related("person")]


def move(school, deadline, **changes):
    course_tasks.change_task(school.course.teacher, school.first, deadline=deadline, **changes)


def grant(school, actor=None, **changes):
    values = {"deadline": LATER, "reason": "Ill", **changes}
    return extensions.grant_extension(actor or school.course.teacher, school.first, school.alice, **values)


# --- extensions
def test_the_student_alone_is_told_about_an_extension_and_not_why(school):
    grant(school)
    assert told() == [("alice", "More time for “Exercice 1”")]
    mail = Mail.objects.get()
    assert (mail.kind, mail.path) == ("courses.extension", f"/courses/{school.course.pk}/tasks/{school.first.pk}/own/")
    assert "You have until Mon 9 Nov 00:00 for “Exercice 1” in “Structures”." in mail.text
    assert "Your deadline was Mon 2 Nov 00:00." in mail.text and "Ill" not in mail.text


def test_only_another_deadline_is_news(school):
    extension = grant(school)
    grant(school), grant(school, reason="Another reason")
    assert len(told()) == 1
    grant(school, deadline=LATER + timedelta(days=1))
    assert len(told()) == 2
    extensions.withdraw_extension(school.course.teacher, Extension.objects.get(pk=extension.pk))
    assert told()[2] == ("alice", "Your extension of “Exercice 1” was withdrawn")
    assert "Now your deadline is Mon 2 Nov 00:00 again." in Mail.objects.latest("pk").text


def test_an_extension_that_the_deadline_has_overtaken_is_no_news_when_it_is_withdrawn(school):
    extension = grant(school)
    move(school, LATER + timedelta(days=1))
    Mail.objects.all().delete()
    extensions.withdraw_extension(school.course.teacher, Extension.objects.get(pk=extension.pk))
    assert told() == []


def test_an_extension_in_an_archived_course_is_no_news(school):
    courses.change_course(school.course.teacher, school.course, archived=True)
    grant(school)
    assert told() == []


def test_a_refused_or_undone_change_writes_nothing(school):
    with pytest.raises(Exception, match="ends after"):
        grant(school, deadline=DEADLINE)
    assert told() == []


# --- deadlines that move
def test_only_students_whose_own_deadline_changed_are_told(school, person):
    person("charlie"), person("dora"), person("helper")
    for name, group in (("charlie", "A1"), ("dora", "")):
        roster.enrol(None, school.course, username=name, group_id=group)
    roster.enrol(None, school.course, username="helper", role=Enrolment.Role.ASSISTANT)
    grant(school, deadline=LATER)  # alice keeps her later deadline
    group_deadlines.set_group_deadline(None, school.first, school.bob.group, deadline=LATER)  # bob has another one
    Mail.objects.all().delete()
    move(school, DEADLINE + timedelta(days=2))
    assert told() == [
        ("charlie", "New deadline for “Exercice 1”"),
        ("dora", "New deadline for “Exercice 1”"),
    ]
    assert "is now Wed 4 Nov 00:00. It was Mon 2 Nov 00:00." in Mail.objects.first().text


def test_a_deadline_that_overtakes_an_extension_is_told_with_the_deadline_that_counted(school):
    grant(school)
    Mail.objects.all().delete()
    move(school, LATER + timedelta(days=7))
    texts = dict(Mail.objects.values_list("person__username", "text"))
    assert "is now Mon 16 Nov 00:00. It was Mon 9 Nov 00:00." in texts["alice"]
    assert "is now Mon 16 Nov 00:00. It was Mon 2 Nov 00:00." in texts["bob"]


def test_a_deadline_of_a_group_is_told_to_this_group(school):
    first, group = school.first, school.alice.group
    group_deadlines.set_group_deadline(school.course.teacher, first, group, deadline=LATER)
    group_deadlines.set_group_deadline(school.course.teacher, first, group, deadline=LATER)
    group_deadlines.remove_group_deadline(school.course.teacher, GroupDeadline.objects.get())
    assert told() == [("alice", "New deadline for “Exercice 1”")] * 2


def test_a_first_and_a_last_deadline_have_words_of_their_own(school):
    move(school, None)
    assert told()[0] == ("alice", "No deadline for “Exercice 1” any more")
    assert "It was Mon 2 Nov 00:00." in Mail.objects.first().text
    Mail.objects.all().delete()
    move(school, DEADLINE)
    assert "has a deadline now: Mon 2 Nov 00:00." in Mail.objects.first().text


def test_other_changes_chapters_and_archived_courses_are_no_news(school):
    move(school, DEADLINE, title="Another title")
    course_tasks.change_task(None, school.chapter, deadline=LATER)
    assert told() == []
    courses.change_course(school.course.teacher, school.course, archived=True)
    move(school, LATER)
    assert told() == []


def test_nobody_is_told_about_what_they_did_themselves(school):
    person = school.alice.person
    person.is_staff = True
    person.save()
    course_tasks.change_task(person, school.first, deadline=LATER)
    assert told() == [("bob", "New deadline for “Exercice 1”")]


def test_people_who_left_or_want_nothing_get_nothing(school, bob):
    type(bob).objects.filter(pk=bob.pk).update(is_active=False)
    choices.choose(school.alice.person_id, {"courses.deadline_moved": "never"})
    move(school, LATER)
    assert told() == [] and not Notice.objects.exists()


def test_the_daily_mail_has_a_deadline_that_moved(school):
    choices.choose(school.alice.person_id, {"courses.deadline_moved": "daily"})
    move(school, LATER)
    assert told() == [("bob", "New deadline for “Exercice 1”")]
    write_digests(NOW + timedelta(days=1))
    digest = Mail.objects.get(kind="mail.digest")
    assert digest.person == school.alice.person and "* New deadline for “Exercice 1”" in digest.text


def test_the_deadline_is_that_of_the_course_with_its_zone_for_a_reader_elsewhere(school):
    person = school.alice.person
    person.zone = "America/New_York"
    person.save()
    move(school, LATER)
    texts = dict(Mail.objects.values_list("person__username", "text"))
    assert "Mon 9 Nov 00:00 (Europe/Paris)" in texts["alice"] and "(Europe" not in texts["bob"]


def test_a_title_in_any_script_stays_in_its_place(school):
    titles = ['“Quotes” & <b>', "שלום", "演習", "{{ x }} %s %(y)s", "=1+1"]
    for number, title in enumerate(titles):
        move(school, DEADLINE + timedelta(days=number + 1), title=title)
    mails = list(Mail.objects.filter(person__username="alice").order_by("pk"))
    assert all(title in mail.subject and title in mail.text for title, mail in zip(titles, mails, strict=True))


def test_a_class_of_a_thousand_is_told_with_a_few_statements(school, queries_of):
    from accounts.models import User

    User.objects.bulk_create(
        User(username=f"s{number}", email=f"s{number}@school.example", password="x") for number in range(1_000)
    )
    people = User.objects.filter(password="x")
    Enrolment.objects.bulk_create(Enrolment(course=school.course, person=one) for one in people)
    few = len(queries_of(lambda: course_tasks.change_task(None, school.second, deadline=LATER)))
    Mail.objects.all().delete()
    queries = queries_of(lambda: move(school, LATER))
    inserts = [query for query in queries if query.startswith("INSERT INTO") and "mail_mail" in query]
    assert Mail.objects.count() == 1_002 and len(inserts) <= 20
    assert len(queries) <= 50 and len(queries) <= few + 2


# --- deadlines of tomorrow
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
    assert told() == []
    for moment in ("2026-11-03T07:00+01:00", "2026-11-03T07:15+01:00", "2026-11-04T08:00+01:00"):
        remind_of_deadlines(at(moment))
    assert told() == [("alice", "Due tomorrow: “Exercice 1”")]
    assert "is due on Wed 4 Nov 23:59, and you have not done it yet." in Mail.objects.get().text


@pytest.mark.parametrize("state", ["todo", "started", "removed"])
def test_work_that_is_begun_or_removed_is_not_done(school, due, state):
    due("2026-11-04T12:00+01:00")
    Progress.objects.create(enrolment=school.alice, task=school.first, state=state, since=NOW)
    remind_of_deadlines(at("2026-11-03T08:00+01:00"))
    assert {name for name, _subject in told()} == {"alice", "bob"}


def test_another_deadline_is_told_again(school, due):
    due("2026-11-04T12:00+01:00")
    remind_of_deadlines(at("2026-11-03T08:00+01:00"))
    due("2026-11-05T12:00+01:00")
    remind_of_deadlines(at("2026-11-04T08:00+01:00"))
    assert len(told()) == 4


def test_the_deadline_is_the_student_s_own(school, due):
    due("2026-11-04T12:00+01:00")
    grant(school, actor=None, deadline=at("2026-11-10T12:00+01:00"))
    GroupDeadline.objects.create(
        task=school.first, group=school.bob.group, deadline=at("2026-11-06T12:00+01:00")
    )
    Mail.objects.all().delete()
    days = []
    for day in range(1, 12):
        remind_of_deadlines(at(f"2026-11-{day:02}T08:00+01:00"))
        days += [(day, name) for name, _subject in told()]
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
    assert bool(told()) is is_tomorrow


def test_nobody_is_reminded_in_an_archived_course_or_of_a_chapter(school, due):
    due("2026-11-04T12:00+01:00")
    Task.objects.filter(pk=school.first.pk).update(asks_for=Task.Asks.NOTHING)
    remind_of_deadlines(at("2026-11-03T08:00+01:00"))
    Task.objects.filter(pk=school.first.pk).update(asks_for=Task.Asks.EXERCISE)
    Course.objects.update(archived_at=NOW)
    remind_of_deadlines(at("2026-11-03T08:00+01:00"))
    assert told() == []


def test_a_tick_that_is_given_is_done(school, rules, due):
    Task.objects.filter(pk=school.first.pk).update(deadline=None)
    answers.give_answer(school.alice.person, school.alice, rules)
    remind_of_deadlines(DEADLINE - timedelta(hours=10))
    assert told() == [("bob", "Due tomorrow: “Rules”")]


def test_the_morning_s_daily_mail_has_the_reminder(school, due):
    choices.choose(school.alice.person_id, {"courses.deadline_tomorrow": "daily"})
    due("2026-11-04T12:00+01:00")
    with time_machine.travel(at("2026-11-03T07:05+01:00"), tick=False):
        remind_of_deadlines()
    write_digests(at("2026-11-03T07:31+01:00"))
    assert "* Due tomorrow: “Exercice 1”" in Mail.objects.get(kind="mail.digest").text


def test_a_run_that_has_nothing_to_tell_needs_few_queries(school, due, person, assert_flat):
    due("2026-11-04T12:00+01:00")
    now = at("2026-11-03T08:00+01:00")

    def grow():
        for number in range(20):
            roster.enrol(None, school.course, username=person(f"s{number}").username)
        remind_of_deadlines(now)

    remind_of_deadlines(now)
    assert_flat(lambda: remind_of_deadlines(now), grow, limit=8)
    assert len(told()) == 22


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
    assert len(told()) == 2
