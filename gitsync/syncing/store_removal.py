"""Remove stores from the disk that no repository uses any more."""

import uuid

from django.db.models import QuerySet

from gitsync.git import store
from gitsync.models import LocalCopy, Request
from gitsync.syncing import accepted_messages


def pending_requests() -> QuerySet[Request]:
    """Return the messages whose deleted repository may still have a store on the disk."""
    return Request.objects.filter(kind="DeleteGitRepo", state=Request.State.PENDING)


def remove_stores() -> None:
    """Remove every store without a LocalCopy, and end the messages that wait for it.

    A LocalCopy row exists before its store, so a store without one was deleted. A sync that still writes there loses
    its lease and removes its own remains.
    """
    requests = list(pending_requests().values_list("pk", flat=True))
    for name in store.folders():
        try:
            folder = uuid.UUID(name.partition(".")[0])
        except ValueError:
            continue  # not a store
        if not LocalCopy.objects.filter(folder=folder).exists():
            store.remove(folder)
    accepted_messages.finish(Request.objects.filter(pk__in=requests))
