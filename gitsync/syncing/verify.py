"""What should be true between stores and rows, looked at from outside; and the mending of it."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count

from gitsync.git import history, store
from gitsync.git.failures import TransportFailed
from gitsync.models import Commit, LocalCopy
from gitsync.syncing import sync_queue


@dataclass(frozen=True)
class Fault:
    """`folder` when a store is in nobody's hands, else the Address to look at again."""

    what: str
    sentence: str
    repository_id: int | None = None
    folder: str = ""


def faults() -> list[Fault]:
    """Stores without a Clone, stores that cannot be read, and branches whose rows are not what Git holds.

    A Clone without a store is no fault: a store is a cache.
    """
    found = []
    owned = {str(folder): None for folder in LocalCopy.objects.values_list("folder", flat=True)}
    for name in store.folders():
        if name not in owned and name.partition(".new-")[0] not in owned:
            found.append(Fault(name, "a store of nobody", folder=name))
    counts = dict(
        Commit.objects.filter(reachable=True).values_list("repository_id").annotate(number=Count("pk")).order_by()
    )
    for local_copy in LocalCopy.objects.exclude(head="").select_related("repository").order_by("pk"):
        if store.exists(local_copy.folder):
            found.extend(_faults_of(local_copy, counts.get(local_copy.repository_id, 0)))
    return found


def mend(fault: Fault) -> None:
    """Remove a store of nobody; have the next look at a repository read it from its first commit on.

    Its commits are then told again: who keeps them already changes nothing.
    """
    if fault.folder:
        store.remove_named(fault.folder)
    elif fault.repository_id is not None:
        with transaction.atomic():
            LocalCopy.objects.locked(fault.repository_id)
            LocalCopy.objects.filter(repository_id=fault.repository_id).update(head="", heads={})
            Commit.objects.filter(repository_id=fault.repository_id).update(reachable=False)
            sync_queue.request_sync(fault.repository_id, force=True)


def _faults_of(local_copy: LocalCopy, rows: int) -> list[Fault]:
    name = str(local_copy.repository)
    try:
        with history.open_store(local_copy.folder) as past:
            if not past.has(local_copy.head):
                return [Fault(name, "the store lacks the branch's last commit", local_copy.repository_id)]
            number = len(past.commits_between([local_copy.head]))
    except TransportFailed as failed:
        return [Fault(name, str(failed), local_copy.repository_id)]
    if number != rows:
        return [Fault(name, f"{rows} commits here, {number} in the store", local_copy.repository_id)]
    return []
