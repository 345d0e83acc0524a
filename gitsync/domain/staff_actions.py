"""What staff may do to repositories and events by hand: the verbs behind the admin's and the API's actions."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from gitsync.events import outbox
from gitsync.models import LocalCopy, OutboxEvent
from gitsync.syncing import sync_queue
from kernel import task_queue


@transaction.atomic
def sync_now(local_copy: LocalCopy, actor: Any) -> None:
    """Look at the repository at once, also when it is paused or in quarantine."""
    sync_queue.request_sync(local_copy.repository_id, force=True)
    record(actor, "gitsync.sync_now", _subject(local_copy), before={"status": local_copy.status})


@transaction.atomic
def pause(local_copy: LocalCopy, actor: Any) -> None:
    """Look at the repository no more until somebody says so; a sync that is running ends first."""
    held = LocalCopy.objects.locked(local_copy.repository_id)
    if held is None or held.status == LocalCopy.Status.PAUSED:
        return
    LocalCopy.objects.filter(pk=held.pk).update(status=LocalCopy.Status.PAUSED)
    record(actor, "gitsync.pause", _subject(local_copy), before={"status": held.status}, after={"status": "paused"})


@transaction.atomic
def resume(local_copy: LocalCopy, actor: Any) -> None:
    """Look at a paused repository again, beginning now; one that is not paused stays as it is."""
    held = LocalCopy.objects.locked(local_copy.repository_id)
    if held is None or held.status != LocalCopy.Status.PAUSED:
        return
    sync_queue.request_sync(held.repository_id, force=True)
    record(actor, "gitsync.resume", _subject(local_copy), before={"status": held.status})


@transaction.atomic
def send_again(event: OutboxEvent, actor: Any) -> None:
    """Deliver an event once more, whatever became of it; the receiver knows it by its id."""
    before = {"delivered": event.delivered_at is not None, "dead": event.dead_at is not None}
    OutboxEvent.objects.filter(pk=event.pk).update(
        attempts=0, next_attempt_at=timezone.now(), claimed_until=None, delivered_at=None, dead_at=None, last_error=""
    )
    record(actor, "gitsync.send_again", f"event:{event.event_id}", before=before, after={"target": event.target})
    if event.target in outbox.targets():
        task_queue.queue_after_commit("gitsync.tasks.deliver", event.target)


def _subject(local_copy: LocalCopy) -> str:
    return f"repository:{local_copy.repository_id}"
