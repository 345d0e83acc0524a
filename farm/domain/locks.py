"""The one lock of the farm: every writer takes it first, in the same order, and retries what the database may undo.

Order: Holder rows by id, then Machine rows by id, before anything is read that the answer hangs on. A new booking
writes between the two what does not hang on the machines: everybody waits for a machine, hardly anybody for a holder.
With READ COMMITTED (asserted at start-up) what is read under the lock is what is true. On SQLite the transaction
itself (BEGIN IMMEDIATE) is the lock, and `FOR UPDATE` is silently nothing.
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
from kernel.errors import Busy, Unknown

T = TypeVar("T")
log = logging.getLogger(__name__)
TRIES = 4  # the first, and three more
# MariaDB: lock wait timeout, deadlock, record changed since last read. SQLite says it in words.
RETRIED_CODES = {1205, 1213, 1020}
RETRIED_WORDS = "database is locked"


class MovedOn(Exception):
    """What had to be locked changed before it was: start again."""


def holder_ids(*holders: User | Project | None) -> list[int]:
    """The Holder rows of these, made where there is none yet. Call it before the transaction."""
    found = []
    for holder in holders:
        if isinstance(holder, User):
            found.append(Holder.objects.get_or_create(user=holder)[0].pk)
        elif holder is not None:
            found.append(Holder.objects.get_or_create(project=holder)[0].pk)
    return found


def lock(holders: Collection[int], machines: Collection[int]) -> dict[int, Machine]:
    """Lock these rows until the transaction ends; the machines as they are now. An unknown machine is Unknown."""
    lock_holders(holders)
    return lock_machines(machines)


def lock_holders(holders: Collection[int]) -> None:
    """The first half of `lock`, for a writer with work to do before the machines, for which others wait."""
    list(Holder.objects.select_for_update().filter(pk__in=holders).order_by("pk").values_list("pk"))


def lock_machines(machines: Collection[int]) -> dict[int, Machine]:
    """The second half of `lock`; what is free is read after it."""
    found = {row.pk: row for row in Machine.objects.select_for_update().filter(pk__in=machines).order_by("pk")}
    missing = set(machines) - set(found)
    if missing:
        sentence = _("There is no machine %(id)s.") % {"id": min(missing)}
        raise Unknown("unknown_resource", sentence, field="resource")
    return found


def write(step: Callable[[], T]) -> T:
    """Run `step` in a transaction of its own, again when the database undoes it; Busy when it keeps doing so.

    Inside a transaction of the caller's there is nothing to retry: undoing is the caller's, who sees Busy.
    """
    nested = connection.in_atomic_block
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                return step()
        except MovedOn:
            why = "moved on"
        except OperationalError as error:
            if not _passing(error):
                raise
            why = str(error)
        if nested or attempt == TRIES - 1:
            break
        log.info("farm.write_again %s: %s", attempt + 1, why)  # counted by bench/farm_storm.py
        time.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - spreads the retries, guards nothing
    log.warning("farm.busy: %s", why)
    raise Busy("busy", _("The farm is busy. Nothing was changed: try again in a moment."))


def _passing(error: OperationalError) -> bool:
    code = error.args[0] if error.args else None
    return code in RETRIED_CODES or RETRIED_WORDS in str(error)
