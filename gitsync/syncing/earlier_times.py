"""Keeps the times of a registration's commits when it is deleted or replaced, for the next registration."""

import time
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from gitsync.models import (
    Commit,
    CourseKey,
    EarlierTime,
    FormerRepository,
    LocalCopy,
    Registration,
    StudentKey,
)
from gitsync.queries.student_times import times_for_student
from gitsync.rules.lateness import CommitTimes
from kernel.database import bulk
from kernel.database.text_hash import text_hash
from kernel.database.wrong_clock import is_epoch_ahead

SLICE = 400  # commits kept at once
COLUMNS = ("course", "student", "sha", "committer_time", "seen_after", "seen_by", "unconfirmed_receipt")


def keep(registration: Registration) -> None:
    """Copy the times of the repository's commits, as they count for this student, and its last read.

    One that waits leaves no times, because no teacher has confirmed that its repository is the student's.

    Call it in the transaction that deletes or hides the registration, under the lock of the LocalCopy row. It reads
    the whole history, once for each registration.
    """
    if registration.hidden and not registration.confirmed:
        return
    course, student = registration.course_id, registration.student_id
    rows = Commit.objects.filter(repository=registration.repository_id).only(*COLUMNS[2:]).order_by("pk")
    any_kept = False
    for slice_ in bulk.batched(rows.iterator(SLICE), SLICE):
        own = times_for_student(registration, slice_)
        times = {commit.sha: own.get(commit.sha) or CommitTimes.of(commit) for commit in slice_}
        known = EarlierTime.objects.filter(course=course, student=student, sha__in=times)
        known.delete()  # `times_for_student` has taken them into account
        bulk.insert(EarlierTime, COLUMNS, list(_rows(course, student, times)))
        any_kept = True
    if any_kept:
        Registration.objects.filter(course=course, student=student).update(has_earlier_times=True)
    _keep_last_read(registration)


def keep_before_hiding(registrations: QuerySet[Registration]) -> None:
    """Keep the times of registrations that may be hidden soon: a hidden one that is replaced keeps none.

    Else a repository that is made private, or redirects to a private address, and then another address would make late
    work look as if it had been on time. The caller holds the lock of the LocalCopy row.
    """
    for registration in registrations.select_related("course", "student", "repository"):
        keep(registration)


def of_new_registration(course: CourseKey, student: StudentKey, repo_path: str) -> dict[str, Any]:
    """Return the values of a new Registration's columns about earlier registrations."""
    former = FormerRepository.objects.filter(course=course, student=student, repo_path_hash=text_hash(repo_path))
    return {
        "former_read_at": _right(former.values_list("read_at", flat=True).first()),
        "has_earlier_times": EarlierTime.objects.filter(course=course, student=student).exists(),
    }


def _rows(course: int, student: int, times: dict[str, CommitTimes]) -> Iterator[tuple[object, ...]]:
    for sha, seen in times.items():
        yield (course, student, sha, seen.committer_time, seen.seen_after, seen.seen_by, seen.unconfirmed_receipt)


def _keep_last_read(registration: Registration) -> None:
    local_copy = LocalCopy.objects.filter(repository=registration.repository_id).first()
    reads = [local_copy.refs_requested_at if local_copy else None, registration.former_read_at]
    read_at = max((read for read in map(_right, reads) if read is not None), default=None)
    if read_at is not None:
        FormerRepository.objects.update_or_create(
            course_id=registration.course_id,
            student_id=registration.student_id,
            repo_path_hash=registration.repo_path_hash,
            defaults={"read_at": read_at},
        )


def _right(read_at: int | None) -> int | None:
    """Return when a repository was read; None also where only a wrong clock can have written that."""
    return None if is_epoch_ahead(read_at, int(time.time())) else read_at
