"""Displace the reservations that no longer fit after a change of machines.

When nobody has confirmed it, the change is refused instead.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.principals import Principal
from farm.domain.locks import LockedRowsChanged, lock, run_in_transaction
from farm.domain.reservation_rows import save_change
from farm.models import MAX_SPAN, Allocation, Machine, Reservation
from farm.models.states import HOLDING, State
from farm.queries.occupancy import capacity, closed
from farm.rules.availability import Load, profile
from kernel.errors import Conflict
from live.publish import publish

T = TypeVar("T")
# Which reservations may be displaced. False: none. True: any. Ids: those that somebody has seen and confirmed.
Confirmed = bool | Collection[int]


class DisplacementResult(NamedTuple, Generic[T]):
    result: T  # of the change
    reservations: list[Reservation]  # the displaced ones


def change_and_displace(
    actor: Principal,
    machine_ids: Collection[int],
    change: Callable[[dict[int, Machine]], T],
    confirm: Confirmed,
    also: Callable[[T], object] | None = None,
) -> DisplacementResult[T]:
    """Lock machines, run `change` on them and displace the reservations that do not fit.

    `change` gets the machines by id. The other machines of the reservations on them are locked, too. Raises Conflict
    `would_displace`, with the ids in `reservations`, when `confirm` does not cover them all; then nothing is changed.
    `also` gets the result of `change` and runs last in the same transaction, at each try.

    The rows of the holders are not locked: whoever changes a reservation on this machine holds the machine's lock. On a
    busy machine new reservations come faster than their holders can be read and locked, and it could never be closed.
    """
    now = timezone.now()
    wanted = set(machine_ids)
    locked_ids = set(wanted)

    def step() -> DisplacementResult[T]:
        locked_ids.update(_machines_of(_reservations_on(wanted, now)))
        locked = lock([], locked_ids)
        reservations = _reservations_on(wanted, now)
        if not _machines_of(reservations) <= locked_ids:
            raise LockedRowsChanged
        machines = {pk: locked[pk] for pk in wanted}
        result = change(machines)
        displaced = _no_longer_fitting(machines, reservations, now)
        _check_confirmed(displaced, machines, confirm)
        for reservation in displaced:
            _displace(actor, reservation, now)
        publish("farm")
        if also:
            also(result)
        return DisplacementResult(result, displaced)

    return run_in_transaction(step)


def dry_run(command: Callable[[], T]) -> T:
    """Run a command and roll it back. Return its result, or raise its refusal."""
    with transaction.atomic():
        result = command()
        transaction.set_rollback(True)
    return result


def would_displace(command: Callable[[], object]) -> list[int]:
    """Return the ids of the reservations that a command would displace.

    The command is called without `confirm`. Nothing is saved.
    """
    try:
        dry_run(command)
    except Conflict as refusal:
        if refusal.code != "would_displace":
            raise
        return list(refusal.extra["reservations"])
    return []


def _check_confirmed(displaced: list[Reservation], machines: Mapping[int, Machine], confirm: Confirmed) -> None:
    confirmed = {row.pk for row in displaced} if confirm is True else set(confirm or ())
    if {row.pk for row in displaced} <= confirmed:
        return
    names = ", ".join(sorted(row.name for row in machines.values()))
    raise Conflict(
        "would_displace",
        _("This would displace bookings on %(name)s.") % {"name": names},
        reservations=[row.pk for row in displaced],
    )


def _reservations_on(machine_ids: Collection[int], now: datetime) -> list[Reservation]:
    """Return the reservations that hold the machines from now on, in the order of booking."""
    return list(
        Reservation.objects.filter(
            state__in=HOLDING, lines__machine__in=machine_ids, lines__end__gt=now, lines__start__gt=now - MAX_SPAN
        )
        .select_related("owner", "project")
        .order_by("created_at", "pk")
        .distinct()
    )


def _machines_of(reservations: Collection[Reservation]) -> set[int]:
    rows = Allocation.objects.filter(reservation__in=[row.pk for row in reservations])
    return set(rows.values_list("machine_id", flat=True))


def _no_longer_fitting(
    machines: dict[int, Machine], reservations: list[Reservation], now: datetime
) -> list[Reservation]:
    """Return the reservations that no longer fit.

    In the order of booking, each one is kept if all of it fits beside those kept before it.
    """
    if not reservations:
        return []
    allocations: dict[int, list[Allocation]] = defaultdict(list)
    for allocation in Allocation.objects.filter(machine__in=machines, reservation__in=reservations):
        allocations[allocation.reservation_id].append(allocation)
    closures = closed(machines.values(), now, max(row.end for row in reservations))
    kept: dict[int, list[Load]] = defaultdict(list)
    displaced = []
    for reservation in reservations:
        loads = {
            row.machine_id: Load(row.start, row.end, row.gpus, row.memory_gb) for row in allocations[reservation.pk]
        }
        if all(_fits(machines[pk], load, kept[pk], closures[pk], now) for pk, load in loads.items()):
            for pk, load in loads.items():
                kept[pk].append(load)
        else:
            displaced.append(reservation)
    return displaced


def _fits(machine: Machine, load: Load, kept: list[Load], closures: list[Load], now: datetime) -> bool:
    if machine.state == Machine.State.RETIRED:
        return False
    steps = profile(capacity(machine), [*kept, load], closures, max(load.start, now), load.end)
    # Without GPUs a reservation does not suffer from closed GPUs; the same for memory.
    return not any((load.gpus and s.free.gpus < 0) or (load.memory_gb and s.free.memory_gb < 0) for s in steps)


def _displace(actor: Principal, reservation: Reservation, now: datetime) -> None:
    before = {"state": str(reservation.state), "end": reservation.end.isoformat()}
    reservation.state = State.DISPLACED
    if reservation.start < now < reservation.end:  # the time used stays on record
        reservation.end = now
        reservation.lines.update(end=now)
    else:
        reservation.lines.update(held=False)
    save_change(actor, "farm.displace", reservation, before)
