"""The demonstration school with its first students: machines, bookings, courses, and repositories over smart HTTP."""

import tempfile
import threading
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from accounts import demo as people_demo
from accounts.domain.one_time_links import make
from accounts.models import OneTimeLink, User
from calendars.addresses import make_address
from courses.demo import course_data, scripted_student
from courses.domain import roster_imports, teaching_team, teams, work_zips
from courses.git.git_module import wire_ids
from courses.models import Course, Enrolment, ForgeConnection, Task, WorkZip
from farm.models import Allocation, Machine
from gitsync.demo import locations, server
from gitsync.domain.credentials import save_token
from gitsync.events import outbox
from gitsync.models import LocalCopy
from gitsync.syncing import sync, sync_queue
from kernel.tables.reading import read_pasted_table, text_lines
from mail.models import Mail
from mail.outgoing import new_mail


@pytest.fixture
def school(transactional_db: None, settings: Any) -> Iterator[dict[str, Any]]:
    """Objects of the demonstration school by name. They are committed, so that the process of the site sees them."""
    forge = server.serve(locations.root(), "127.0.0.1", 0)
    threading.Thread(target=forge.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    settings.DEMO_GIT_SERVER = f"127.0.0.1:{forge.server_port}"
    settings.GIT_LOCAL_SERVERS = frozenset({settings.DEMO_GIT_SERVER})
    try:
        call_command("demo", students=people_demo.FIRST_STUDENTS, verbosity=0)
        sync_repositories()
        rewrite_history()
        yield objects()
    finally:
        forge.shutdown()
        forge.server_close()
        for folder in (locations.root(), Path(settings.GIT_STORES), Path(settings.WORK_ZIPS)):
            put_aside(folder)


def put_aside(folder: Path) -> None:
    """Move a folder away. The watcher of child processes removes it after the run.

    Removing the folder takes seconds for its thousands of small files, and the next test would wait for it.
    """
    if folder.exists():
        folder.rename(tempfile.mkdtemp(dir=Path(settings.ATELIER_HOME).parent, prefix="aside-"))


def sync_repositories() -> None:
    """Do the work of the worker in this process: synchronize the repositories and deliver their events."""
    for address in LocalCopy.objects.filter(dirty=True).values_list("repository_id", flat=True):
        sync.sync_repository(address)
    outbox.drain("local")


def rewrite_history() -> None:
    """Rewrite the history of one repository, as the scripted student of the demonstration does at the start."""
    assert scripted_student.rewrite_history()
    rewritten = LocalCopy.objects.get(repository__registrations__student__student_id=course_data.REWRITES)
    sync_queue.request_sync(rewritten.repository_id, force=True)
    sync_repositories()


def helper(course: Course) -> User:
    """Return a student who is not in this course, to be its assistant."""
    students = User.objects.filter(kind=User.Kind.STUDENT).exclude(enrolments__course=course)
    return students.order_by("username").first() or User.objects.create_user(
        "helper", first_name="Ida", last_name="Roux"
    )


def objects() -> dict[str, Any]:
    course = Course.objects.select_related("semester__teacher").order_by("pk").first()
    assert course
    teacher = course.semester.teacher
    student = User.objects.get(username="ines.abdelkader")
    enrolment = course.enrolments.get(person=student)
    return {
        "staff": User.objects.get(username="ada.staff"),
        "teacher": teacher,
        "student": student,
        "course": course,
        "enrolment": enrolment,
        "assistant": teaching_team.add_to_team(teacher, course, username=helper(course).username, role="assistant"),
        "roster_import": roster_imports.create_import(
            teacher, course, text_lines(read_pasted_table("Ama Mensah <ama.m@school.example>, A2", ""))
        ),
        "forge_connection": ForgeConnection.objects.create(
            course=course,
            forge="gitlab",
            base_url="https://gitlab.com",
            owner="sysprog",
            repo_path="/",
            state="proposed",
        ),
        "student_team": teams.create_team(teacher, course, title="Les pingouins", members=[enrolment.pk]),
        "task": course.tasks.order_by("pk").last(),
        "worked_task": worked_task(enrolment),
        "due_task": course.tasks.exclude(deadline=None).latest("deadline"),
        "calendar_secret": make_address(student, None, form_key="1"),
        "answered_task": Task.objects.get(course__enrolments__person=student, asks_for=Task.Asks.TEXT),
        "student_repository": enrolment.student_repositories.first(),
        "course_credential": save_token(teacher, wire_ids(course), host="gitlab.school.example", token="glpat-course"),
        "host_credential": save_token(teacher, None, host="gitlab.school.example", token="glpat-host"),
        "mail": failed_mail(student),
        "link_secret": link_of_newcomer(teacher),
        "work_zip": ready_zip(teacher, course.tasks.order_by("pk").last(), [enrolment.pk]),
        "machine": Machine.objects.listed().order_by("pk").last(),
        "booking": Allocation.objects.filter(reservation__owner=student).latest("end").reservation,
    }


def ready_zip(teacher: User, task: Task, students: list[int]) -> WorkZip:
    """Return a ZIP of the files of students that was made a moment ago; it is empty."""
    now = timezone.now()
    values = {"students": students, "state": WorkZip.State.READY, "build": f"school{task.pk}", "asked_at": now}
    values |= {"touched_at": now, "ready_at": now, "expires_at": now + timedelta(days=7)}
    row, _is_new = WorkZip.objects.update_or_create(
        task=task, asked_by=teacher, choice=WorkZip.Choice.LATEST, defaults=values
    )
    file = work_zips.file_of(row)
    file.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(file, "w"):
        return row


def worked_task(enrolment: Enrolment) -> Task:
    """Return an exercise that has files of the student before its deadline."""
    rows = enrolment.progress.exclude(completed_time=None).select_related("task").order_by("completed_time")
    return next(row.task for row in rows if row.task.is_exercise)


def link_of_newcomer(teacher: User) -> str:
    """Return the secret of an invitation to somebody who was never here."""
    newcomer = User(username="ama.mensah", first_name="Ama", last_name="Mensah", email="ama.mensah@school.example")
    newcomer.set_unusable_password()
    newcomer.save()
    title = "Systems programming"
    return make(newcomer, OneTimeLink.Purpose.INVITE, by=teacher, address=newcomer.email, title=title)[1]


def failed_mail(student: User) -> Mail:
    """Save a mail to a student that the mail server has refused for good."""
    written = ("Invitation to Atelier", "Good morning,\n\nchoose your password here.")
    mail = new_mail(student, "accounts.invitation", key="1", address="ines@school.example", written=written)
    mail.dead_at, mail.attempts, mail.last_error = mail.created_at, 1, "550 5.1.1 No such user"
    mail.save()
    return mail
