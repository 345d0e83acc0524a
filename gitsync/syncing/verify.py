"""Compare stores with rows, and repair what differs."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count

from gitsync.git import history, store
from gitsync.git.failures import TransportFailed
from gitsync.models import Commit, LocalCopy
from gitsync.syncing import sync_queue


@dataclass(frozen=True)
class Fault:
    """A difference between stores and rows.

    It concerns a store that no row names (`folder`), or a repository (`repository_id`).
    """

    name: str
    description: str
    repository_id: int | None = None
    folder: str = ""


def find_faults() -> list[Fault]:
    """Find stores without a LocalCopy, unreadable stores, and rows that differ from Git.

    A LocalCopy without a store is no fault, because a store is a cache.
    """
    faults = []
    owned = {str(folder): None for folder in LocalCopy.objects.values_list("folder", flat=True)}
    for name in store.folders():
        if name not in owned and name.partition(".new-")[0] not in owned:
            faults.append(Fault(name, "no repository uses this store", folder=name))
    counts = dict(
        Commit.objects.filter(reachable=True).values_list("repository_id").annotate(number=Count("pk")).order_by()
    )
    for local_copy in LocalCopy.objects.exclude(head="").select_related("repository").order_by("pk"):
        if store.exists(local_copy.folder):
            faults.extend(_faults_of(local_copy, counts.get(local_copy.repository_id, 0)))
    return faults


def repair(fault: Fault) -> None:
    """Remove an unused store, or let the next sync read the repository from the beginning.

    That sync announces the commits again; for a receiver that has them already, nothing changes.
    """
    if fault.folder:
        store.remove_named(fault.folder)
    elif fault.repository_id is not None:
        with transaction.atomic():
            LocalCopy.objects.locked(fault.repository_id)
            LocalCopy.objects.filter(repository_id=fault.repository_id).update(head="", heads={})
            Commit.objects.filter(repository_id=fault.repository_id).update(reachable=False)
            sync_queue.request_sync(fault.repository_id, force=True)


def _faults_of(local_copy: LocalCopy, row_count: int) -> list[Fault]:
    name = str(local_copy.repository)
    try:
        with history.open_store(local_copy.folder) as commit_history:
            if not commit_history.has(local_copy.head):
                return [Fault(name, "the store lacks the branch's last commit", local_copy.repository_id)]
            number = len(commit_history.commits_between([local_copy.head]))
    except TransportFailed as failed:
        return [Fault(name, str(failed), local_copy.repository_id)]
    if number != row_count:
        return [Fault(name, f"{row_count} commits here, {number} in the store", local_copy.repository_id)]
    return []
