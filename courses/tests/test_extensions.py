"""Deadlines of groups and extensions: what the verbs write, refuse and say, and that work is judged anew."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from accounts.models import AuditEvent
from courses.domain import course_tasks, extensions, roster
from courses.models import Extension, GroupDeadline
from courses.pages.task_report import report
from courses.rules.deadlines import effective_deadline
from courses.tests.conftest import DEADLINE
from courses.tests.test_matrix import work
from kernel.errors import Malformed, NotAllowed
from live.models import Change

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
LATER = DEADLINE + timedelta(days=7)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def grant(school, **changes):
    given = {"deadline": LATER, "reason": "Ill", **changes}
    return extensions.grant_extension(school.course.teacher, school.first, school.alice, **given)


def text_of(response):
    """The page, with single spaces between words and none at the ends of <small>."""
    text = " ".join(response.content.decode().split())
    return text.replace("<small> ", "<small>").replace(" </small>", "</small>")


def state(school, name="alice"):
    rows = {row.enrolment.person.username: row for row in report(school.first, NOW).rows}
    return rows[name].state.key


def test_an_extension_judges_anew_what_was_pushed_and_its_withdrawal_again(school, tell):
    work(tell, "alice", done=DEADLINE + timedelta(days=1))
    assert state(school) == "late"
    extension = grant(school)
    assert state(school) == "done"
    extensions.withdraw_extension(school.course.teacher, extension)
    assert state(school) == "late"


def test_each_step_leaves_one_event_and_tells_the_open_pages(school):
    Change.objects.all().delete()
    extension = grant(school)
    assert (extension.granted_by, extension.reason) == (school.course.teacher, "Ill")
    assert {change.topic for change in Change.objects.all()} == {school.course.topic, school.alice.topic}
    grant(school)  # the same again
    grant(school, deadline=LATER + timedelta(days=1), reason=" Moved ")
    extensions.withdraw_extension(school.course.teacher, Extension.objects.get())
    verbs = list(AuditEvent.objects.filter(verb__contains="extension").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["courses.grant_extension"] * 2 + ["courses.withdraw_extension"]
    event = AuditEvent.objects.filter(verb="courses.grant_extension").latest("pk")
    assert (event.before["reason"], event.after["reason"]) == ("Ill", "Moved")
    assert not Extension.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"deadline": DEADLINE}, "too_early"),
        ({"deadline": DEADLINE - timedelta(days=1)}, "too_early"),
        ({"reason": "  "}, "no_reason"),
    ],
)
def test_an_extension_that_is_none_is_refused(school, changes, code):
    with pytest.raises(Malformed) as refused:
        grant(school, **changes)
    assert refused.value.code == code
    assert not Extension.objects.exists()


def test_a_task_without_a_deadline_and_a_person_of_no_course_are_refused(school, charlie):
    give = {"deadline": LATER, "reason": "Ill"}
    with pytest.raises(Malformed, match="no deadline"):
        extensions.grant_extension(None, school.second, school.alice, **give)
    other = course_tasks.create_course(
        school.course.teacher, school.course.teacher, semester_id="A2026", course_id="Else", title="Else"
    )
    elsewhere = roster.enrol(None, other, username="charlie")
    with pytest.raises(Malformed, match="no student"):
        extensions.grant_extension(None, school.first, elsewhere, **give)


def test_a_group_s_deadline_stands_for_the_task_s_until_it_is_removed(school, tell):
    work(tell, "alice", done=DEADLINE + timedelta(days=1))
    row = extensions.set_group_deadline(school.course.teacher, school.first, school.alice.group, deadline=LATER)
    assert effective_deadline(school.alice, school.first).at == LATER
    assert effective_deadline(school.bob, school.first).at == DEADLINE
    assert state(school) == "done"
    extensions.set_group_deadline(school.course.teacher, school.first, school.alice.group, deadline=DEADLINE)
    extensions.remove_group_deadline(school.course.teacher, GroupDeadline.objects.get(pk=row.pk))
    assert state(school) == "late"
    verbs = AuditEvent.objects.filter(verb__contains="group_deadline").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["courses.set_group_deadline"] * 2 + ["courses.remove_group_deadline"]


def test_nobody_but_the_teacher_and_staff_changes_deadlines(school, charlie, staff, person):
    roster.enrol(None, school.course, username="charlie", role="assistant")
    extension = grant(school)
    group = extensions.set_group_deadline(staff, school.first, school.alice.group, deadline=LATER)
    for stranger in (charlie, school.alice.person, school.bob.person, person("other", kind="teacher")):
        with pytest.raises(NotAllowed):
            extensions.grant_extension(stranger, school.first, school.alice, deadline=LATER, reason="Ill")
        with pytest.raises(NotAllowed):
            extensions.withdraw_extension(stranger, extension)
        with pytest.raises(NotAllowed):
            extensions.set_group_deadline(stranger, school.first, school.alice.group, deadline=LATER)
        with pytest.raises(NotAllowed):
            extensions.remove_group_deadline(stranger, group)


def test_the_pages_grant_change_and_withdraw(school, client_of):
    client, base = client_of(school.course.teacher), f"/courses/{school.course.pk}/tasks/{school.first.pk}/"
    form = {"student": "alice", "deadline": "2026-11-08T23:59", "reason": "Ill"}

    assert client.post(f"{base}extension/", form).status_code == 302
    assert Extension.objects.get().deadline == datetime(2026, 11, 8, 22, 59, tzinfo=UTC)
    assert "Ill" in client.get(f"{base}extension/?student=alice").content.decode()
    refused = client.post(f"{base}extension/", form | {"deadline": "2026-10-01T00:00"})
    assert refused.status_code == 422
    assert "An extension ends after" in refused.content.decode()
    assert client.post(f"{base}extension/", form | {"student": "nobody"}).status_code == 422
    assert client.post(f"{base}extension/{Extension.objects.get().pk}/withdraw/").status_code == 302
    assert not Extension.objects.exists()

    assert client.post(f"{base}deadline/", {"group": "A1", "deadline": "2026-11-09T12:00"}).status_code == 302
    assert "2026-11-09T12:00" in client.get(f"{base}deadline/?group=A1").content.decode()
    assert client.post(f"{base}deadline/{GroupDeadline.objects.get().pk}/remove/").status_code == 302
    assert not GroupDeadline.objects.exists()


def test_the_admin_goes_through_the_verb(school, staff, client_of):
    staff.is_superuser = True
    staff.save()
    client = client_of(staff)
    form = {
        "task": school.first.pk,
        "enrolment": school.alice.pk,
        "deadline_0": "2026-11-08",
        "deadline_1": "22:59:00",
        "reason": "Ill",
    }
    add = "/admin/courses/extension/add/"
    early = client.post(add, form | {"deadline_0": "2026-10-01"})
    assert early.status_code == 200
    assert "An extension ends after" in early.content.decode()
    assert client.post(add, form).status_code == 302
    extension = Extension.objects.get()
    assert extension.granted_by == staff
    assert client.post(f"/admin/courses/extension/{extension.pk}/delete/", {"post": "yes"}).status_code == 302
    verbs = AuditEvent.objects.filter(verb__contains="extension").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["courses.grant_extension", "courses.withdraw_extension"]


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["grant_extension", "set_group_deadline"])
def test_two_given_at_once_are_one(school, verb, monkeypatch):
    """A form that is sent twice."""
    failures, together = [], threading.Barrier(2)
    monkeypatch.setattr(extensions, "publish", lambda *_topics: time.sleep(0.3))  # within the transaction

    def run(days):
        together.wait()
        later = LATER + timedelta(days=days)
        try:
            if verb == "grant_extension":
                grant(school, deadline=later)
            else:
                extensions.set_group_deadline(None, school.first, school.alice.group, deadline=later)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(days,)) for days in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert Extension.objects.count() + GroupDeadline.objects.count() == 1


def test_the_pages_name_the_task_that_is_late_and_the_one_with_an_extension(school, tell, client_of):
    """A bare number beside a count reads as a second count; "Done to 9 Nov" as the day it was done."""
    teacher = client_of(school.course.teacher)
    own = reverse("course-student", args=[school.course.pk, "alice"])
    of_class = reverse("course-task", args=[school.course.pk, school.first.pk])
    work(tell, "alice", done=DEADLINE + timedelta(days=1))
    assert "1 <small>task 1.1</small>" in text_of(teacher.get(own))
    extension = grant(school)
    assert "1 <small>task 1.1 until Mon 9 Nov</small>" in text_of(teacher.get(own))
    assert "extended to 9 Nov" in teacher.get(of_class).content.decode()
    extensions.withdraw_extension(school.course.teacher, extension)
    assert "extended to" not in teacher.get(of_class).content.decode()
