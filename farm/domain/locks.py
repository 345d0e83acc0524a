"""The lock of the farm: every command takes it first, in the same order.

The order is: Holder rows by id, then Machine rows by id, before reading anything that the result depends on. A command
is retried when the database undoes it.

A new booking writes in between the rows that do not depend on the machines: every booking of a machine waits for its
row, but few wait for the row of a holder. On MariaDB, READ COMMITTED (asserted at start-up) makes reads under the lock
exact. On SQLite the transaction itself (BEGIN IMMEDIATE) is the lock, and `FOR UPDATE` does nothing.
"""

import logging
import random
import time
from collections.abc import Callable, Collection
from typing import TypeVar

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from farm.models import Holder, Machine, Project
from kernel.database.compiled import CompiledQuery
from kernel.database.retries import is_temporary
from kernel.errors import Busy, Unknown

T = TypeVar("T")
log = logging.getLogger(__name__)
HOLDER_OF_USER = CompiledQuery(lambda user: Holder.objects.filter(user=user).only("pk"))
LOCKED_MACHINES = CompiledQuery(lambda *pks: Machine.objects.select_for_update().filter(pk__in=pks).order_by("pk"))
TRIES = 4  # the first try and three retries


class LockedRowsChanged(Exception):
    """The rows to lock changed before they were locked. The transaction must start again."""


def holder_ids(*holders: User | Project | None) -> list[int]:
    """Return the ids of the Holder rows of these, and create missing rows.

    Call it before the transaction.
    """
    ids = []
    for holder in holders:
        if isinstance(holder, User):
            known = HOLDER_OF_USER.rows(holder.pk)
            ids.append(known[0].pk if known else Holder.objects.get_or_create(user=holder)[0].pk)
        elif holder is not None:
            ids.append(Holder.objects.get_or_create(project=holder)[0].pk)
    return ids


def lock(holders: Collection[int], machines: Collection[int]) -> dict[int, Machine]:
    """Lock the rows with these ids until the transaction ends.

    Returns the machines as they are now, by id. Raises Unknown for a machine that does not exist.
    """
    lock_holders(holders)
    return lock_machines(machines)


def lock_holders(holders: Collection[int]) -> None:
    """Do the first half of `lock`, for a command that can write before it locks the machines."""
    if not connection.features.has_select_for_update:  # SQLite: the transaction is the lock
        return
    list(Holder.objects.select_for_update().filter(pk__in=holders).order_by("pk").values_list("pk"))


def lock_machines(machines: Collection[int]) -> dict[int, Machine]:
    """Do the second half of `lock`. Read the free capacity after it."""
    locked = {row.pk: row for row in LOCKED_MACHINES.rows(*machines)} if machines else {}
    missing = set(machines) - set(locked)
    if missing:
        sentence = _("There is no machine %(id)s.") % {"id": min(missing)}
        raise Unknown("unknown_resource", sentence, field="resource")
    return locked


def run_in_transaction(step: Callable[[], T]) -> T:
    """Run `step` in a transaction, and again when the database undoes it.

    Raises Busy after the last try. Inside a transaction of the caller there is no retry: the caller gets Busy, and its
    own transaction is undone.
    """
    nested = connection.in_atomic_block
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                return step()
        except LockedRowsChanged:
            why = "moved on"  # the words that proofs/storm.py counts
        except OperationalError as error:
            if not is_temporary(error):
                raise
            why = str(error)
        if nested or attempt == TRIES - 1:
            break
        log.info("farm.write_again %s: %s", attempt + 1, why)  # counted by proofs/storm.py
        time.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - spreads the retries, guards nothing
    log.warning("farm.busy: %s", why)
    raise Busy("busy", _("The farm is busy. Nothing was changed: try again in a moment."))
