"""Celery tasks: each takes ids and calls one command. A task may run twice, or be lost: `sweep` queues it again."""

from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from gitsync.domain import retention
from gitsync.events import outbox
from gitsync.models import LocalCopy, Request
from gitsync.syncing import accepted_messages, credential_check, rematch, slots, store_removal, sync, sync_queue
from kernel import task_queue
from kernel.database.wrong_clock import too_far_ahead

QUEUED_AGAIN = timedelta(seconds=30)  # a task that was queued earlier counts as lost
SWEEP = 500  # repositories queued in one sweep or poll
WAITING = 10  # the same of those that wait for a slot
POLL_OFTEN, POLL_DAILY, ACTIVE = timedelta(minutes=15), timedelta(days=1), timedelta(days=14)


@shared_task(name="gitsync.tasks.sync_address")
def sync_repository(repository_id: int) -> None:
    with outbox.delivering_here():
        sync.sync_repository(repository_id)


@shared_task(name="gitsync.tasks.deliver")
def deliver(target: str) -> None:
    outbox.drain(target)


@shared_task(name="gitsync.tasks.rematch_course")
def rematch_course(course_id: int) -> None:
    """Match once for all messages that wait for it; the tasks of the other messages find nothing to do."""
    if rematch.pending_requests(course_id).exists():
        rematch.rematch_course(course_id)


@shared_task(name="gitsync.tasks.test_credential")
def test_credential(pk: int) -> None:
    credential_check.check(pk)


@shared_task(name="gitsync.tasks.remove_stores")
def remove_stores() -> None:
    store_removal.remove_stores()


@shared_task(name="gitsync.tasks.sweep")
def sweep() -> None:
    """Queue again all work that is due and not queued, because the broker may have lost its task."""
    now = timezone.now()
    stale = Q(queued_at__lt=now - QUEUED_AGAIN) | too_far_ahead("queued_at", now)
    local_copies = LocalCopy.objects.due(now).filter(stale).order_by("dirty_at")[:SWEEP]
    for pk, repository_id in list(local_copies.values_list("pk", "repository_id")):
        if LocalCopy.objects.filter(stale, pk=pk).update(queued_at=now):
            task_queue.queue("gitsync.tasks.sync_address", repository_id)
    accepted_messages.finish_paused()
    slots.queue_waiting(WAITING)
    for target in outbox.targets():
        if outbox.is_due(target):
            task_queue.queue("gitsync.tasks.deliver", target.value)
    without_sync = Request.objects.filter(state=Request.State.PENDING, repository__local_copy__dirty=False)
    for repository_id in set(without_sync.values_list("repository_id", flat=True)):
        sync_queue.request_sync(repository_id)
    lost = Q(created_at__lt=now - QUEUED_AGAIN) | too_far_ahead("created_at", now)
    for course_id in set(rematch.pending_requests().filter(lost).values_list("course_id", flat=True)):
        task_queue.queue("gitsync.tasks.rematch_course", course_id)
    if store_removal.pending_requests().filter(lost).exists():
        task_queue.queue("gitsync.tasks.remove_stores")


@shared_task(name="gitsync.tasks.poll")
def poll() -> None:
    """Read again (refs only) the repositories that were not read for long: most forges lose a hook now and then."""
    now = timezone.now()
    long_ago = Q(last_good_at__lt=now - POLL_OFTEN) | too_far_ahead("last_good_at", now)
    active = Q(moved_at__gt=now - ACTIVE) & long_ago
    quiet = Q(last_good_at__lt=now - POLL_DAILY)
    given = Q(repository__registrations__isnull=False) | Q(repository__starters__isnull=False)
    due = LocalCopy.objects.filter(active | quiet, given, status=LocalCopy.Status.OK, dirty=False)
    for repository_id in due.order_by("last_good_at").values_list("repository_id", flat=True).distinct()[:SWEEP]:
        sync_queue.request_sync(repository_id)


@shared_task(name="gitsync.tasks.forget_what_is_past")
def forget_what_is_past() -> None:
    retention.delete_old_rows()
