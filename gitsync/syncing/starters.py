"""Commits that a teacher handed out: those reachable from a starter commit, and those of a starter repository."""

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from gitsync.git.failures import TransportFailed
from gitsync.models import CourseKey, HandedOut, LocalCopy, Request, StarterCommit
from gitsync.syncing import accepted_messages
from kernel import task_queue
from kernel.database.compiled import CompiledQuery

if TYPE_CHECKING:
    from gitsync.git.history import History

BATCH = 500
UNREAD = CompiledQuery(
    lambda repository: (
        StarterCommit.objects.filter(course__registrations__repository=repository, read_at=None)
        .select_related("course")
        .distinct()
    )
)
STARTED_COURSES = CompiledQuery(
    lambda repository: CourseKey.objects.filter(starter_repositories__repository=repository).distinct().order_by("pk")
)
KIND = "NameStarter"  # of the Request rows; the wire has no such message


def read_from(repository_id: int, commit_history: "History") -> None:
    """Read the starter commits that this repository is the first to contain. One query when there is none."""
    for starter in UNREAD.rows(repository_id):
        if commit_history.has(starter.sha):
            with transaction.atomic():
                _save(starter, commit_history.commits_between([starter.sha]))
                match_again(starter.course)  # the other repositories of the course may have it too


def read_from_stores(course_id: int) -> None:
    """Read the starter commits of a course that are already in one of its repositories."""
    for starter in StarterCommit.objects.filter(course=course_id, read_at=None):
        _read_from_a_store(starter)


def match_courses_again(repository_id: int) -> None:
    """Match the courses again that have this repository as a starter: new commits of it are recorded."""
    for course in STARTED_COURSES.rows(repository_id):
        with transaction.atomic():
            match_again(course)


def match_again(course: CourseKey) -> Request:
    """Let a worker match the course again. The Request row is the queue of record.

    Each call has a row of its own: a re-match that runs already may have passed the repositories that this one is for.
    """
    task_queue.queue_after_commit("gitsync.tasks.rematch_course", course.pk)
    body = {"course": course.pk, "id": uuid.uuid4().hex}
    return accepted_messages.accept(KIND, body, course=course, follow_up=True)


def _read_from_a_store(starter: StarterCommit) -> None:
    from gitsync.git import history, store  # on first use: large, and only workers read Git objects

    having = LocalCopy.objects.filter(
        repository__registrations__course=starter.course_id, repository__commits__sha=starter.sha
    )
    for folder in having.order_by("pk").values_list("folder", flat=True).distinct():
        if not store.exists(folder):
            continue
        try:
            with history.open_store(folder) as commit_history:
                if commit_history.has(starter.sha):
                    _save(starter, commit_history.commits_between([starter.sha]))
                    return
        except TransportFailed:
            continue  # the next sync rebuilds this store


def _save(starter: StarterCommit, shas: Sequence[str]) -> None:
    rows = (HandedOut(starter=starter, sha=sha) for sha in shas)
    HandedOut.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    StarterCommit.objects.filter(pk=starter.pk, sha=starter.sha).update(read_at=timezone.now())
