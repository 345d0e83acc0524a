"""Commands for the ZIP of everybody's files: ask for it, cancel it, delete it. work_zip_making.py makes it."""

import uuid
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from courses.git.git_module import is_remote
from courses.models import Enrolment, Task, WorkZip
from courses.rules.permissions import GroupLimit
from kernel.errors import Conflict
from kernel.task_queue import queue_after_commit
from live.publish import publish

TASK = "courses.tasks.make_work_zip"
MAX_OPEN = 5  # of one person, that wait or are being made
MAX_READY = 20  # of one person, that can be downloaded
REMEMBERED = timedelta(days=30)  # then the row is forgotten, too
State = WorkZip.State


def ask(actor: User, task: Task, *, choice: str, limit: GroupLimit, again: bool = False) -> WorkZip:
    """Ask for the files of the students within the limit. Return the row that is made, or that was made.

    Asking twice gives the same row. again: make it once more although it is ready. Raises Conflict.
    """
    if is_remote() or not task.is_exercise:
        raise Conflict("no_files", _("The files of this task are not in this installation."))
    with transaction.atomic():
        students = sorted(students_within(task, limit))
        if not students:
            raise Conflict("no_students", _("There is no student whose files you could download."))
        now = timezone.now()
        values = {"students": students, "asked_at": now, "touched_at": now}
        row, is_new = WorkZip.objects.get_or_create(task=task, asked_by=actor, choice=choice, defaults=values)
        row = WorkZip.objects.select_for_update().get(pk=row.pk)
        is_current = row.state == State.READY and row.students == students and not is_expired(row)
        if not is_new and (row.is_open or (is_current and not again)):
            return row
        _check_numbers(actor, row)
        remove_files(row.build)
        fresh = WorkZip(pk=row.pk, task=task, asked_by=actor, choice=choice, build=uuid.uuid4().hex, **values)
        fresh.folders = len(students)
        fresh.save(force_update=True)
        audit.record(actor, "courses.ask_work_zip", f"task:{task.pk}", after={"choice": choice})
        queue_after_commit(TASK, fresh.pk)
        publish(fresh.topic)
        return fresh


def cancel(row: WorkZip) -> None:
    """Stop a ZIP that waits or is being made. Any other stays as it is."""
    with transaction.atomic():
        locked = WorkZip.objects.select_for_update().filter(pk=row.pk).first()
        if locked and locked.is_open:
            _end(locked, State.CANCELLED)


def delete(row: WorkZip) -> None:
    """Remove a ZIP and its file."""
    with transaction.atomic():
        locked = WorkZip.objects.select_for_update().filter(pk=row.pk).first()
        if locked:
            remove_files(locked.build)
            publish(locked.topic)
            locked.delete()


def students_within(task: Task, limit: GroupLimit) -> set[int]:
    """Return the keys of the students of the task's course, or of those of the groups of the limit."""
    rows = Enrolment.objects.filter(course=task.course_id, role=Enrolment.Role.STUDENT)
    return set((rows if limit is None else rows.filter(group__in=limit)).values_list("pk", flat=True))


def may_read(row: WorkZip, seen: Collection[int]) -> bool:
    """Return whether somebody who sees these students may read the ZIP: they must see all that it is for.

    A student who left the course since is seen by nobody.
    """
    return set(row.students).issubset(seen)


def is_expired(row: WorkZip) -> bool:
    return row.expires_at is not None and row.expires_at <= timezone.now()


def end_expired() -> None:
    """Remove the files of the ZIPs that expired, and forget old rows. Without any, nothing is written."""
    now = timezone.now()
    for row in WorkZip.objects.filter(state=State.READY, expires_at__lte=now):
        with transaction.atomic():
            locked = WorkZip.objects.select_for_update().filter(pk=row.pk, state=State.READY).first()
            if locked and is_expired(locked):
                _end(locked, State.EXPIRED)
    old = WorkZip.objects.filter(asked_at__lt=now - REMEMBERED).exclude(state__in=[*WorkZip.OPEN, State.READY])
    if old.exists():
        old.delete()
    _remove_strays()


def file_of(row: WorkZip) -> Path:
    return Path(settings.WORK_ZIPS) / f"{row.build}.zip"


def remove_files(build: str) -> None:
    """Remove the file of a build, and its unfinished one, after the commit of this transaction."""

    def remove() -> None:
        for ending in ("zip", "part"):
            (Path(settings.WORK_ZIPS) / f"{build}.{ending}").unlink(missing_ok=True)

    if build:
        transaction.on_commit(remove, robust=True)


def _end(row: WorkZip, state: str) -> None:
    row.state, row.touched_at = state, timezone.now()
    row.save(update_fields=["state", "touched_at"])
    remove_files(row.build)
    publish(row.topic)


def _check_numbers(actor: User, row: WorkZip) -> None:
    others = WorkZip.objects.filter(asked_by=actor).exclude(pk=row.pk)
    if others.filter(state__in=WorkZip.OPEN).count() >= MAX_OPEN:
        sentence = _("You wait for %(number)s ZIPs already. Ask again when one of them is ready.")
        raise Conflict("too_many", sentence % {"number": MAX_OPEN})
    if others.filter(state=State.READY).count() >= MAX_READY:
        sentence = _("You have %(number)s ZIPs already. Delete one of them first.")
        raise Conflict("too_many", sentence % {"number": MAX_READY})


def _remove_strays() -> None:
    """Remove files without a row: of a course that was deleted, or of a worker that was killed."""
    folder = Path(settings.WORK_ZIPS)
    files = list(folder.iterdir()) if folder.is_dir() else []  # listed before the rows are read: these are younger
    if not files:
        return
    kept = set(WorkZip.objects.filter(state__in=[State.MAKING, State.READY]).values_list("build", flat=True))
    for file in files:
        if file.stem not in kept:
            file.unlink(missing_ok=True)
