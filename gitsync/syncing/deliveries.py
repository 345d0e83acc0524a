"""The deliveries of hooks: when a forge first told us about a push.

A hook writes one row, its Request, whose body holds the receipt: the fields of a Delivery. The Delivery is saved before
receipts are compared with commits, and at the latest when the Request ends. So one INSERT is enough for a hook, and
one more for the deliveries of many hooks.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from gitsync.models import Delivery, Request
from kernel.database.compiled import CompiledQuery

HOOK = "GitHook"  # the kind of the Requests of hooks
RECEIPT = "receipt"  # the key in their body: the fields of a Delivery, without its repository


def save_pending(requests: QuerySet[Request]) -> None:
    """Save the deliveries of the pending hooks among these Requests, in the order in which they came."""
    _save_hooks(list(_pending_hooks(requests)))


def save_pending_of(repository_id: int) -> None:
    """Save the deliveries of the pending hooks of a repository, in their order."""
    _save_hooks(HOOKS_OF_REPOSITORY.rows(repository_id))


def _pending_hooks(requests: QuerySet[Request]) -> "QuerySet[Request, tuple[int, dict[str, Any]]]":
    hooks = requests.filter(kind=HOOK, state=Request.State.PENDING).exclude(repository=None).order_by("pk")
    return hooks.values_list("repository_id", "body")


HOOKS_OF_REPOSITORY = CompiledQuery(lambda repository: _pending_hooks(Request.objects.filter(repository=repository)))


def _save_hooks(hooks: Iterable[tuple[int, dict[str, Any]]]) -> None:
    save((repository_id, body[RECEIPT]) for repository_id, body in hooks if RECEIPT in body)


def save(receipts: Iterable[tuple[int, dict[str, Any]]]) -> None:
    """Save each delivery (repository, receipt) once. One that is sent again keeps its first time of receipt.

    A repetition that is signed and has the same commits marks the first one as signed.
    """
    rows = [Delivery(repository_id=repository_id, **receipt) for repository_id, receipt in receipts]
    if not rows:
        return
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    for row in rows:
        if row.signed:
            same = Delivery.objects.filter(delivery_hash=row.delivery_hash, before=row.before, after=row.after)
            same.filter(repository=row.repository_id, signed=False).update(signed=True)
