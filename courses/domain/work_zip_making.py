"""Makes the ZIP of everybody's files, in a worker. Killed anywhere and run again, it starts from the beginning.

One ZIP is made at a time, so that the other tasks of the worker go on.
"""

import contextlib
import errno
import math
import os
import shutil
import uuid
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from time import monotonic

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from courses.domain.work_zips import TASK, file_of, remove_files
from courses.git.class_zip import ClassZip, Part, class_zip_of
from courses.models import Enrolment, WorkZip
from courses.notices.work_zips import notify_ended
from courses.rules.deadlines import Deadlines
from kernel.task_queue import queue_after_commit
from live.publish import publish

TRIES = 3
STALLED = timedelta(seconds=60)  # without a change; then its worker has ended
EVERY = 1.0  # seconds between two notes of how far it is
KEPT_DAYS = 7
KEPT_FREE = 1_000_000_000  # bytes of the disk that a ZIP leaves to the others
FULL = {errno.ENOSPC, errno.EDQUOT}
State, Failure = WorkZip.State, WorkZip.Failure

log = structlog.get_logger(__name__)


class Lost(Exception):
    """The ZIP was cancelled or deleted, or another worker makes it."""


def make(pk: int) -> None:
    """Make a ZIP, unless it is ready or another worker makes one, and queue the next one."""
    row = _claim(pk)
    if row is None:
        return
    part = Path(settings.WORK_ZIPS) / f"{row.build}.part"
    try:
        part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        archive = _write(row, part)
        _note(row, archive)
        part.replace(file_of(row))
        _finish(row, archive)
    except (Lost, FileNotFoundError):  # the file of a ZIP that was cancelled may be removed while it is written
        file_of(row).unlink(missing_ok=True)
    except OSError as error:
        if error.errno not in FULL:
            raise
        log.warning("work_zip_disk_full", work_zip=row.pk, sentence="The disk is full. The ZIP was not made.")
        _fail(row, Failure.DISK_FULL)
    finally:
        part.unlink(missing_ok=True)
        queue_waiting()


def queue_waiting() -> None:
    """Queue the oldest ZIP that waits or whose worker ended, unless one is being made."""
    alive = timezone.now() - STALLED
    rows = WorkZip.objects.filter(state__in=WorkZip.OPEN)
    if rows.filter(state=State.MAKING, touched_at__gte=alive).exists():
        return
    pk = rows.order_by("asked_at", "pk").values_list("pk", flat=True).first()
    if pk:
        queue_after_commit(TASK, pk)


def parts_of(row: WorkZip) -> list[Part]:
    """Return the folders of the ZIP with the time that counts for each: its own deadline, with an extension."""
    enrolments = Enrolment.objects.filter(pk__in=row.students, course=row.task.course_id).select_related(
        "person", "team"
    )
    deadlines = Deadlines([row.task], row.students)
    folders = defaultdict(list)
    for enrolment in enrolments.order_by("person__username"):
        key = ("team", enrolment.team_id) if enrolment.team_id else ("student", enrolment.pk)
        folders[key].append(enrolment)
    is_latest = row.choice == WorkZip.Choice.LATEST
    return [
        Part(
            folder_name(together[0]),
            tuple(enrolment.person.username for enrolment in together),
            math.inf if is_latest else max(deadlines.effective_deadline(each, row.task).limit for each in together),
        )
        for together in folders.values()
    ]


def folder_name(enrolment: Enrolment) -> str:
    """Return the folder of a student's files: the user name, or the title of the team, whose members share it."""
    return enrolment.team.title if enrolment.team else enrolment.person.username


def _claim(pk: int) -> WorkZip | None:
    """Return the row with a new build for this worker, or None when there is nothing to do for it."""
    with transaction.atomic():
        row = WorkZip.objects.select_for_update().filter(pk=pk).first()
        alive = timezone.now() - STALLED
        if row is None or not row.is_open or (row.state == State.MAKING and row.touched_at >= alive):
            return None
        if WorkZip.objects.filter(state=State.MAKING, touched_at__gte=alive).exclude(pk=pk).exists():
            return None
        remove_files(row.build)
        row.state, row.build, row.touched_at = State.MAKING, uuid.uuid4().hex, timezone.now()
        row.attempts += 1
        row.folders_done = 0
        row.save()
        publish(row.topic)
    if row.attempts > TRIES:
        _fail(row, Failure.ENDED)
        return None
    return row


def _write(row: WorkZip, part: Path) -> ClassZip:
    """Write the file. Raises Lost, and OSError."""
    archive = class_zip_of(row.task)
    parts = parts_of(row)
    row.folders = len(parts)
    noted_at = -math.inf
    with part.open("wb") as file:
        for piece in archive.pieces(parts):
            file.write(piece)
            if monotonic() >= noted_at + EVERY:
                _note(row, archive)
                noted_at = monotonic()
        file.flush()
        os.fsync(file.fileno())
    return archive


def _note(row: WorkZip, archive: ClassZip) -> None:
    """Write how far it is. Raises Lost when the row is not this worker's any more, and OSError for a full disk."""
    if shutil.disk_usage(settings.WORK_ZIPS).free < KEPT_FREE:
        raise OSError(errno.ENOSPC, "little space is left")
    rows = WorkZip.objects.filter(pk=row.pk, build=row.build, state=State.MAKING)
    with transaction.atomic():
        if not rows.update(folders=row.folders, folders_done=archive.parts_done, touched_at=timezone.now()):
            raise Lost
        publish(row.topic)


def _finish(row: WorkZip, archive: ClassZip) -> None:
    now = timezone.now()
    with transaction.atomic():
        locked = _locked(row)
        locked.state, locked.ready_at, locked.expires_at = State.READY, now, now + timedelta(days=KEPT_DAYS)
        locked.folders, locked.folders_done, locked.files = row.folders, archive.parts_done, archive.files
        locked.left_out, locked.without_work = archive.left_out, archive.empty
        locked.size, locked.touched_at = file_of(row).stat().st_size, now
        locked.save()
        notify_ended(locked)
        publish(locked.topic)


def _fail(row: WorkZip, failure: str) -> None:
    with contextlib.suppress(Lost), transaction.atomic():
        locked = _locked(row)
        locked.state, locked.failure, locked.touched_at = State.FAILED, failure, timezone.now()
        locked.save()
        notify_ended(locked)
        publish(locked.topic)


def _locked(row: WorkZip) -> WorkZip:
    locked = WorkZip.objects.select_for_update().filter(pk=row.pk, build=row.build, state=State.MAKING).first()
    if locked is None:
        raise Lost
    return locked
