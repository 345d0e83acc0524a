"""Extensions and deadlines of groups: the commands, their pages and the admin, and the status that follows."""

import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from accounts.models import AuditEvent
from courses.domain import courses, extensions, group_deadlines, roster, semesters
from courses.models import Extension, GroupDeadline
from courses.pages.task_report import build_report
from courses.rules.deadlines import effective_deadline
from courses.tests.conftest import DEADLINE, complete_exercise
from kernel.errors import Malformed, NotAllowed
from live.models import Change

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
LATER = DEADLINE + timedelta(days=7)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def grant(school, **changes):
    values = {"deadline": LATER, "reason": "Ill", **changes}
    return extensions.grant_extension(school.course.teacher, school.first, school.alice, **values)


def text_of(response):
    """Return the page with single spaces between words and none at the ends of <small>."""
    text = " ".join(response.content.decode().split())
    return text.replace("<small> ", "<small>").replace(" </small>", "</small>")


def status_key(school):
    """Return the key of alice's status of the first exercise."""
    rows = {row.enrolment.person.username: row for row in build_report(school.first, NOW).rows}
    return rows["alice"].status.key


def test_granting_and_withdrawing_an_extension_change_the_status_of_pushed_work(school, send_event):
    complete_exercise(send_event, "alice", at=DEADLINE + timedelta(days=1))
    assert status_key(school) == "late"
    extension = grant(school)
    assert status_key(school) == "done"
    extensions.withdraw_extension(school.course.teacher, extension)
    assert status_key(school) == "late"


def test_each_change_writes_one_audit_event_and_notifies_the_open_pages(school):
    Change.objects.all().delete()
    extension = grant(school)
    assert (extension.granted_by, extension.reason) == (school.course.teacher, "Ill")
    assert {change.topic for change in Change.objects.all()} == {school.course.topic, school.alice.topic}
    grant(school)  # the same extension again
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
def test_an_extension_without_a_reason_or_a_later_deadline_is_refused(school, changes, code):
    with pytest.raises(Malformed) as refusal:
        grant(school, **changes)
    assert refusal.value.code == code
    assert not Extension.objects.exists()


def test_a_task_without_a_deadline_and_a_student_of_another_course_are_refused(school, charlie):
    values = {"deadline": LATER, "reason": "Ill"}
    with pytest.raises(Malformed, match="no deadline"):
        extensions.grant_extension(None, school.second, school.alice, **values)
    other_course = courses.create_course(
        school.course.teacher, school.course.teacher, semester_id="A2026", course_id="Else", title="Else"
    )
    other_student = roster.enrol(None, other_course, username="charlie")
    with pytest.raises(Malformed, match="not a student"):
        extensions.grant_extension(None, school.first, other_student, **values)


def test_the_deadline_of_a_group_replaces_that_of_the_task_until_it_is_removed(school, send_event):
    complete_exercise(send_event, "alice", at=DEADLINE + timedelta(days=1))
    group_deadline = group_deadlines.set_group_deadline(
        school.course.teacher, school.first, school.alice.group, deadline=LATER
    )
    assert effective_deadline(school.alice, school.first).at == LATER
    assert effective_deadline(school.bob, school.first).at == DEADLINE
    assert status_key(school) == "done"
    group_deadlines.set_group_deadline(school.course.teacher, school.first, school.alice.group, deadline=DEADLINE)
    group_deadlines.remove_group_deadline(school.course.teacher, GroupDeadline.objects.get(pk=group_deadline.pk))
    assert status_key(school) == "late"
    verbs = AuditEvent.objects.filter(verb__contains="group_deadline").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["courses.set_group_deadline"] * 2 + ["courses.remove_group_deadline"]


def test_only_the_teacher_and_staff_change_deadlines(school, charlie, staff, person):
    roster.enrol(None, school.course, username="charlie", role="assistant")
    extension = grant(school)
    group_deadline = group_deadlines.set_group_deadline(staff, school.first, school.alice.group, deadline=LATER)
    for stranger in (charlie, school.alice.person, school.bob.person, person("other", kind="teacher")):
        with pytest.raises(NotAllowed):
            extensions.grant_extension(stranger, school.first, school.alice, deadline=LATER, reason="Ill")
        with pytest.raises(NotAllowed):
            extensions.withdraw_extension(stranger, extension)
        with pytest.raises(NotAllowed):
            group_deadlines.set_group_deadline(stranger, school.first, school.alice.group, deadline=LATER)
        with pytest.raises(NotAllowed):
            group_deadlines.remove_group_deadline(stranger, group_deadline)


def test_the_form_says_what_is_replaced_and_when_the_semester_ends(school, client_of):
    semesters.change_semester(None, school.course.semester, ends_on=date(2026, 12, 20))
    client, address = (
        client_of(school.course.teacher),
        f"/courses/{school.course.pk}/tasks/{school.first.pk}/extension/",
    )
    page = text_of(client.get(f"{address}?student=alice"))
    assert "The semester ends on Sunday 20 December 2026." in page
    assert "a new one replaces the one that they have" in page
    form = {"student": "alice", "deadline": "2026-11-08T23:59", "reason": "Ill"}
    assert "Alice Martin has until Sunday 8 November 2026 23:59 now.<" in text_of(
        client.post(address, form, follow=True)
    ).replace(" <", "<")
    assert "Saving replaces it." in text_of(client.get(f"{address}?student=alice"))
    page = text_of(client.post(address, form | {"deadline": "2026-12-24T12:00"}, follow=True))
    assert (
        "Alice Martin has until Thursday 24 December 2026 12:00 now. "
        "This replaces the extension until Sunday 8 November 2026 23:59."
    ) in page
    assert "This deadline is after the semester ends, 20 December 2026." in page


def test_the_pages_grant_and_withdraw_extensions_and_deadlines_of_groups(school, client_of):
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


def test_the_admin_grants_and_withdraws_with_the_commands(school, staff, client_of):
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
    add_url = "/admin/courses/extension/add/"
    too_early = client.post(add_url, form | {"deadline_0": "2026-10-01"})
    assert too_early.status_code == 200
    assert "An extension ends after" in too_early.content.decode()
    assert client.post(add_url, form).status_code == 302
    extension = Extension.objects.get()
    assert extension.granted_by == staff
    assert client.post(f"/admin/courses/extension/{extension.pk}/delete/", {"post": "yes"}).status_code == 302
    verbs = AuditEvent.objects.filter(verb__contains="extension").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["courses.grant_extension", "courses.withdraw_extension"]


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", ["grant_extension", "set_group_deadline"])
def test_two_simultaneous_commands_save_one_row(school, command, monkeypatch):
    """As when a form is sent twice."""
    failures, barrier = [], threading.Barrier(2)
    for module in (extensions, group_deadlines):
        monkeypatch.setattr(module, "publish", lambda *_topics: time.sleep(0.3))  # within the transaction

    def run(days):
        barrier.wait()
        later = LATER + timedelta(days=days)
        try:
            if command == "grant_extension":
                grant(school, deadline=later)
            else:
                group_deadlines.set_group_deadline(None, school.first, school.alice.group, deadline=later)
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


def test_the_pages_name_the_late_task_and_the_task_with_an_extension(school, send_event, client_of):
    """A bare number beside a count reads as a second count, and "Done to 9 Nov" as the day on which it was done."""
    teacher = client_of(school.course.teacher)
    student_page = reverse("course-student", args=[school.course.pk, "alice"])
    task_page = reverse("course-task", args=[school.course.pk, school.first.pk])
    complete_exercise(send_event, "alice", at=DEADLINE + timedelta(days=1))
    assert "1 <small>task 1.1</small>" in text_of(teacher.get(student_page))
    extension = grant(school)
    assert "1 <small>task 1.1 until Mon 9 Nov 00:00</small>" in text_of(teacher.get(student_page))
    assert "extended to 9 Nov 00:00" in text_of(teacher.get(task_page))
    extensions.withdraw_extension(school.course.teacher, extension)
    assert "extended to" not in text_of(teacher.get(task_page))
