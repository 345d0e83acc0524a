"""What the Git module need not keep: told, answered, and long past. Commits, pushes and events not delivered stay."""

from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from gitsync.models import Delivery, OutboxEvent, Request, UnknownUrl
from kernel.database.pruning import delete_in_batches

DELIVERED = timedelta(days=30)  # the dashboard keeps its own copy of an event
ANSWERED = timedelta(days=90)  # a hook's receipt counts for commits that are not here yet; forges repeat one for days
UNKNOWN = timedelta(days=1)  # told once an hour
FOR_EVER = ["RegisterGitRepo"]  # tells that a repository stood here before it was deleted and registered again


def _read_since(hooks: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Without those of a repository that could not be read after them: the commits they told of are still to come."""
    return hooks.filter(Q(repository=None) | Q(repository__local_copy__refs_asked_at__gt=F("received_at")))


def forget_what_is_past() -> None:
    now = timezone.now()
    delete_in_batches(OutboxEvent.objects.filter(delivered_at__lt=now - DELIVERED))
    finished = Request.objects.exclude(state=Request.State.PENDING).exclude(kind__in=FOR_EVER)
    delete_in_batches(finished.filter(created_at__lt=now - ANSWERED))
    delete_in_batches(_read_since(Delivery.objects.filter(received_at__lt=int((now - ANSWERED).timestamp()))))
    delete_in_batches(UnknownUrl.objects.filter(told_at__lt=now - UNKNOWN))
