"""Commands of staff on repositories and events, for the admin's and the API's actions."""

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
    """Read the repository at once, also when it is paused or in quarantine."""
    sync_queue.request_sync(local_copy.repository_id, force=True)
    record(actor, "gitsync.sync_now", _subject(local_copy), before={"status": local_copy.status})


@transaction.atomic
def pause(local_copy: LocalCopy, actor: Any) -> None:
    """Stop reading the repository until a person resumes it; a running sync ends first."""
    locked = LocalCopy.objects.locked(local_copy.repository_id)
    if locked is None or locked.status == LocalCopy.Status.PAUSED:
        return
    LocalCopy.objects.filter(pk=locked.pk).update(status=LocalCopy.Status.PAUSED)
    record(actor, "gitsync.pause", _subject(local_copy), before={"status": locked.status}, after={"status": "paused"})


@transaction.atomic
def resume(local_copy: LocalCopy, actor: Any) -> None:
    """Read a paused repository again from now on; a repository that is not paused stays as it is."""
    locked = LocalCopy.objects.locked(local_copy.repository_id)
    if locked is None or locked.status != LocalCopy.Status.PAUSED:
        return
    sync_queue.request_sync(locked.repository_id, force=True)
    record(actor, "gitsync.resume", _subject(local_copy), before={"status": locked.status})


@transaction.atomic
def send_again(event: OutboxEvent, actor: Any) -> None:
    """Deliver an event once more, in any state; the receiver recognises it by its id."""
    before = {"delivered": event.delivered_at is not None, "dead": event.dead_at is not None}
    OutboxEvent.objects.filter(pk=event.pk).update(
        attempts=0, next_attempt_at=timezone.now(), claimed_until=None, delivered_at=None, dead_at=None, last_error=""
    )
    record(actor, "gitsync.send_again", f"event:{event.event_id}", before=before, after={"target": event.target})
    if event.target in outbox.targets():
        task_queue.queue_after_commit("gitsync.tasks.deliver", event.target)


def _subject(local_copy: LocalCopy) -> str:
    return f"repository:{local_copy.repository_id}"
