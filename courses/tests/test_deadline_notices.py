"""Mails about a student's own deadlines: extensions, and deadlines that move."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from courses.domain import course_tasks, courses, extensions, group_deadlines, roster, teaching_team
from courses.models import Enrolment, Extension, GroupDeadline
from courses.tests.conftest import DEADLINE
from mail import choices
from mail.digests import write_digests
from mail.models import Mail, Notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_mails")]
NOW = datetime(2026, 10, 20, 14, 0, tzinfo=UTC)
LATER = DEADLINE + timedelta(days=7)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def notified(kind=""):
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
    assert notified() == [("alice", "More time for “Exercice 1”")]
    mail = Mail.objects.get()
    assert (mail.kind, mail.path) == ("courses.extension", f"/courses/{school.course.pk}/tasks/{school.first.pk}/own/")
    assert "You have until Mon 9 Nov 00:00 for “Exercice 1” in “Structures”." in mail.text
    assert "Your deadline was Mon 2 Nov 00:00." in mail.text and "Ill" not in mail.text


def test_only_another_deadline_is_news(school):
    extension = grant(school)
    grant(school), grant(school, reason="Another reason")
    assert len(notified()) == 1
    grant(school, deadline=LATER + timedelta(days=1))
    assert len(notified()) == 2
    extensions.withdraw_extension(school.course.teacher, Extension.objects.get(pk=extension.pk))
    assert notified()[2] == ("alice", "Your extension of “Exercice 1” was withdrawn")
    assert "Now your deadline is Mon 2 Nov 00:00 again." in Mail.objects.latest("pk").text


def test_an_extension_that_the_deadline_has_overtaken_is_no_news_when_it_is_withdrawn(school):
    extension = grant(school)
    move(school, LATER + timedelta(days=1))
    Mail.objects.all().delete()
    extensions.withdraw_extension(school.course.teacher, Extension.objects.get(pk=extension.pk))
    assert notified() == []


@pytest.mark.parametrize(("kind", "role", "groups"), [("student", "assistant", ["A1"]), ("teacher", "teacher", [])])
def test_the_student_is_told_about_the_extension_of_an_assistant_or_a_co_teacher(school, person, kind, role, groups):
    helper = person("helper", kind=kind)
    courses.change_course(None, school.course, assistants_extend=True)
    teaching_team.add_to_team(None, school.course, username="helper", role=role, group_ids=groups)
    extension = grant(school, helper)
    extensions.withdraw_extension(helper, Extension.objects.get(pk=extension.pk))
    assert notified() == [
        ("alice", "More time for “Exercice 1”"),
        ("alice", "Your extension of “Exercice 1” was withdrawn"),
    ]


def test_an_extension_in_an_archived_course_is_no_news(school):
    courses.change_course(school.course.teacher, school.course, archived=True)
    grant(school)
    assert notified() == []


def test_a_refused_or_undone_change_writes_nothing(school):
    with pytest.raises(Exception, match="ends after"):
        grant(school, deadline=DEADLINE)
    assert notified() == []


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
    assert notified() == [
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
    assert notified() == [("alice", "New deadline for “Exercice 1”")] * 2


def test_a_first_and_a_last_deadline_have_words_of_their_own(school):
    move(school, None)
    assert notified()[0] == ("alice", "No deadline for “Exercice 1” any more")
    assert "It was Mon 2 Nov 00:00." in Mail.objects.first().text
    Mail.objects.all().delete()
    move(school, DEADLINE)
    assert "has a deadline now: Mon 2 Nov 00:00." in Mail.objects.first().text


def test_other_changes_chapters_and_archived_courses_are_no_news(school):
    move(school, DEADLINE, title="Another title")
    course_tasks.change_task(None, school.chapter, deadline=LATER)
    assert notified() == []
    courses.change_course(school.course.teacher, school.course, archived=True)
    move(school, LATER)
    assert notified() == []


def test_nobody_is_told_about_what_they_did_themselves(school):
    person = school.alice.person
    person.is_staff = True
    person.save()
    course_tasks.change_task(person, school.first, deadline=LATER)
    assert notified() == [("bob", "New deadline for “Exercice 1”")]


def test_people_who_left_or_want_nothing_get_nothing(school, bob):
    type(bob).objects.filter(pk=bob.pk).update(is_active=False)
    choices.choose(school.alice.person_id, {"courses.deadline_moved": "never"})
    move(school, LATER)
    assert notified() == [] and not Notice.objects.exists()


def test_the_daily_mail_has_a_deadline_that_moved(school):
    choices.choose(school.alice.person_id, {"courses.deadline_moved": "daily"})
    move(school, LATER)
    assert notified() == [("bob", "New deadline for “Exercice 1”")]
    write_digests(NOW + timedelta(days=1))
    digest = Mail.objects.get(kind="mail.digest")
    assert digest.person == school.alice.person and "1. New deadline for “Exercice 1”" in digest.text


def test_the_deadline_is_that_of_the_course_with_its_zone_for_a_reader_elsewhere(school):
    person = school.alice.person
    person.zone = "America/New_York"
    person.save()
    move(school, LATER)
    texts = dict(Mail.objects.values_list("person__username", "text"))
    assert "Mon 9 Nov 00:00 (Europe/Paris)" in texts["alice"] and "(Europe" not in texts["bob"]


def test_a_title_in_any_script_stays_in_its_place(school):
    titles = ["“Quotes” & <b>", "שלום", "演習", "{{ x }} %s %(y)s", "=1+1"]
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
