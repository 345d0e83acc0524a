"""Stores that nobody needs any more, taken off the disk."""

import uuid

from django.db.models import QuerySet

from gitsync.git import store
from gitsync.models import LocalCopy, Request
from gitsync.syncing import accepted_messages


def waiting() -> QuerySet[Request]:
    """The messages whose repository is gone from the tables and may still be on the disk."""
    return Request.objects.filter(kind="DeleteGitRepo", state=Request.State.PENDING)


def remove_stores() -> None:
    """Remove every store without a Clone, and end the messages that wait for it.

    A store is named by its Clone, and the Clone is there first: what has none was deleted. A sync that still writes
    there loses its lease and removes what it left.
    """
    behind = list(waiting().values_list("pk", flat=True))
    for name in store.folders():
        try:
            folder = uuid.UUID(name.partition(".")[0])
        except ValueError:
            continue  # not one of ours
        if not LocalCopy.objects.filter(folder=folder).exists():
            store.remove(folder)
    accepted_messages.finish(Request.objects.filter(pk__in=behind))
