"""What should be true between stores and rows, looked at from outside; and the mending of it."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count

from gitsync.git import history, store
from gitsync.git.failures import TransportFailed
from gitsync.models import Clone, Commit
from gitsync.syncing import sync_queue


@dataclass(frozen=True)
class Fault:
    """`folder` when a store is in nobody's hands, else the Address to look at again."""

    what: str
    sentence: str
    address_id: int | None = None
    folder: str = ""


def faults() -> list[Fault]:
    """Stores without a Clone, stores that cannot be read, and branches whose rows are not what Git holds.

    A Clone without a store is no fault: a store is a cache.
    """
    found = []
    owned = {str(folder): None for folder in Clone.objects.values_list("folder", flat=True)}
    for name in store.folders():
        if name not in owned and name.partition(".new-")[0] not in owned:
            found.append(Fault(name, "a store of nobody", folder=name))
    counts = dict(
        Commit.objects.filter(reachable=True).values_list("address_id").annotate(number=Count("pk")).order_by()
    )
    for clone in Clone.objects.exclude(head="").select_related("address").order_by("pk"):
        if store.exists(clone.folder):
            found.extend(_faults_of(clone, counts.get(clone.address_id, 0)))
    return found


def mend(fault: Fault) -> None:
    """Remove a store of nobody; have the next look at a repository read it from its first commit on.

    Its commits are then told again: who keeps them already changes nothing.
    """
    if fault.folder:
        store.remove_named(fault.folder)
    elif fault.address_id is not None:
        with transaction.atomic():
            Clone.objects.locked(fault.address_id)
            Clone.objects.filter(address_id=fault.address_id).update(head="", heads={})
            Commit.objects.filter(address_id=fault.address_id).update(reachable=False)
            sync_queue.request_sync(fault.address_id, force=True)


def _faults_of(clone: Clone, rows: int) -> list[Fault]:
    name = str(clone.address)
    try:
        with history.opened(clone.folder) as past:
            if not past.has(clone.head):
                return [Fault(name, "the store lacks the branch's last commit", clone.address_id)]
            number = len(past.between([clone.head]))
    except TransportFailed as failed:
        return [Fault(name, str(failed), clone.address_id)]
    if number != rows:
        return [Fault(name, f"{rows} commits here, {number} in the store", clone.address_id)]
    return []
