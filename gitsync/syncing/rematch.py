"""Matches stored commits again after a change of exercises, and announces what changed. Nothing here reads Git."""

from django.db import transaction
from django.db.models import QuerySet

from gitsync.events import announce, messages, outbox
from gitsync.models import LocalCopy, Registration, Request
from gitsync.syncing import accepted_messages, derived_rows, starters
from kernel.database import bulk

EXERCISE_MESSAGES = ("RegisterExercise", "ModifyExercise", "DeleteExercise", starters.KIND)


def rematch_registration(registration: Registration) -> None:
    """Match every stored commit again, and announce what changed.

    The caller holds the lock of the LocalCopy row.
    """
    before = announce.completed_exercises(registration)
    matchers = derived_rows.matchers_of(registration)
    commits = derived_rows.matchable_commits(registration.repository.commits.all())
    model_changed = False
    for slice_ in bulk.batched(commits, derived_rows.SLICE):
        model_changed |= derived_rows.reconcile(registration, matchers, slice_)
    if registration.announced == Registration.Announced.CLONED and not registration.hidden:
        announce_changes(registration, before, model_changed=model_changed)


def announce_changes(registration: Registration, before: set[str], *, model_changed: bool) -> None:
    """Write OnExerciseCompletedUpdate for changed exercises, then OnCommitModelUpdate.

    Lost completions come first. `before` are the exercises that were completed before.
    """
    after = announce.completed_exercises(registration)
    events = announce.completion_updates(registration, before - after, completed=False)
    events += announce.completion_updates(registration, after - before, completed=True)
    if model_changed:
        events.append(messages.on_commit_model_update(registration))
    outbox.emit(registration, *events)


def pending_requests(course_id: int | None = None) -> QuerySet[Request]:
    """Return the messages about exercises whose re-match has not ended."""
    pending = Request.objects.filter(kind__in=EXERCISE_MESSAGES, state=Request.State.PENDING)
    return pending if course_id is None else pending.filter(course=course_id)


def rematch_course(course_id: int) -> None:
    """Match the commits of a course's registrations again, and finish the waiting messages.

    Each repository has one short transaction, in the order of the LocalCopy keys. The exercises are read in each of
    them, after the lock. So the last re-match leaves what the last message said.
    """
    requests = list(pending_requests(course_id).values_list("pk", flat=True))
    starters.read_from_stores(course_id)
    local_copies = LocalCopy.objects.filter(repository__registrations__course=course_id).distinct().order_by("pk")
    for repository_id in local_copies.values_list("repository_id", flat=True):
        with transaction.atomic():
            LocalCopy.objects.locked(repository_id)
            registrations = Registration.objects.filter(course=course_id, repository=repository_id)
            for registration in registrations.select_related("course", "student", "repository").order_by("pk"):
                rematch_registration(registration)
    accepted_messages.finish(Request.objects.filter(pk__in=requests))
