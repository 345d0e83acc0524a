"""Delete old rows of the Git module. Commits, pushes and undelivered events are kept for ever."""

from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from gitsync.models import Delivery, OutboxEvent, Request, UnknownUrl
from kernel.database.pruning import delete_in_batches
from kernel.epoch import to_epoch

DELIVERED = timedelta(days=30)  # the dashboard keeps its own copy of an event
ANSWERED = timedelta(days=90)  # a hook's receipt counts for later commits too; forges repeat a hook for days
UNKNOWN = timedelta(days=1)  # an unknown URL is reported once an hour
FOR_EVER = ["RegisterGitRepo"]  # shows that a repository was registered here before it was deleted


def _read_since(hooks: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Exclude hooks whose repository has not been read since: their commits have not been fetched yet."""
    return hooks.filter(Q(repository=None) | Q(repository__local_copy__refs_requested_at__gt=F("received_at")))


def delete_old_rows() -> None:
    """Delete delivered events, finished requests, hooks and unknown URLs after their time."""
    now = timezone.now()
    delete_in_batches(OutboxEvent.objects.filter(delivered_at__lt=now - DELIVERED))
    finished = Request.objects.exclude(state=Request.State.PENDING).exclude(kind__in=FOR_EVER)
    delete_in_batches(finished.filter(created_at__lt=now - ANSWERED))
    delete_in_batches(_read_since(Delivery.objects.filter(received_at__lt=to_epoch(now - ANSWERED))))
    delete_in_batches(UnknownUrl.objects.filter(reported_at__lt=now - UNKNOWN))
