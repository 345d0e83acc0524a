"""Shorten or displace the reservations that no longer fit after a change of machines.

A reservation keeps the time before the first instant at which it no longer fits. Only one that has no time left is
displaced. When nobody has confirmed it, the change is refused instead.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.principals import Principal
from farm.domain.locks import LockedRowsChanged, lock, run_in_transaction
from farm.domain.reservation_rows import audit_values, save_change
from farm.models import MAX_SPAN, Allocation, LostTime, Machine, Reservation
from farm.models.states import HOLDING, State
from farm.queries.occupancy import capacity, closed
from farm.rules.availability import Load
from farm.rules.shortening import ChangedMachine, kept_ends
from kernel.errors import Conflict
from kernel.text.utc import utc_text
from live.publish import changed_rows, publish

T = TypeVar("T")
# Which reservations may be shortened or displaced. False: none. True: any. Ids: those that somebody has seen and
# confirmed.
Confirmed = bool | Collection[int]


class LosingReservation(NamedTuple):
    """A reservation that keeps its time until `end`, or nothing."""

    reservation: Reservation
    end: datetime | None  # None: it is displaced


class DisplacementResult(NamedTuple, Generic[T]):
    result: T  # of the change
    losing: list[LosingReservation]


def change_and_displace(
    actor: Principal,
    machine_ids: Collection[int],
    change: Callable[[dict[int, Machine]], T],
    confirm: Confirmed,
    also: Callable[[T], object] | None = None,
    reason: str = "",
) -> DisplacementResult[T]:
    """Lock machines, run `change` on them, and shorten or displace the reservations that do not fit.

    `change` gets the machines by id. The other machines of the reservations on them are locked, too. Raises Conflict
    `would_displace`, with the ids in `reservations`, when `confirm` does not cover them all; then nothing is changed.
    `also` gets the result of `change` and runs last in the same transaction, at each try. The owners read `reason`.

    The rows of the holders are not locked: whoever changes a reservation on this machine holds the machine's lock. On a
    busy machine new reservations arrive faster than their holders can be read and locked, so a closure would never
    succeed.
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
        losing = _no_longer_fitting(machines, reservations, now)
        _check_confirmed(losing, machines, confirm)
        for reservation, end in losing:
            _take_time(actor, reservation, end, now, reason)
        publish(changed_rows("farm", wanted))
        if also:
            also(result)
        return DisplacementResult(result, losing)

    return run_in_transaction(step)


def dry_run(command: Callable[[], T]) -> T:
    """Run a command and roll it back. Return its result, or raise its refusal."""
    with transaction.atomic():
        result = command()
        transaction.set_rollback(True)
    return result


def would_lose(command: Callable[[], object]) -> dict[int, datetime | None]:
    """Return the reservations that a command would shorten or displace.

    The result has their new ends by id; None for a displaced one.

    The command is called without `confirm`. Nothing is saved.
    """
    try:
        dry_run(command)
    except WouldDisplace as refusal:
        return {row.pk: end for row, end in refusal.losing}
    return {}


class WouldDisplace(Conflict):
    """409 `would_displace`: nobody has confirmed the time that these reservations lose, so nothing was changed."""

    def __init__(self, machine_names: str, losing: list[LosingReservation]) -> None:
        self.losing = losing
        shortened = [(row.pk, end) for row, end in losing if end is not None]
        if len(shortened) < len(losing):
            sentence = _("This would displace bookings on %(name)s.")
        else:
            sentence = _("This would shorten bookings on %(name)s.")
        super().__init__(
            "would_displace", sentence % {"name": machine_names}, reservations=[row.pk for row, _end in losing]
        )
        if shortened:
            self.extra["shortened"] = [{"reservation": pk, "end": utc_text(end)} for pk, end in shortened]


def _check_confirmed(losing: list[LosingReservation], machines: Mapping[int, Machine], confirm: Confirmed) -> None:
    ids = {row.pk for row, _end in losing}
    if confirm is not True and not ids <= set(confirm or ()):
        raise WouldDisplace(", ".join(sorted(row.shown_name for row in machines.values())), losing)


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
) -> list[LosingReservation]:
    """Return the reservations that do not fit any more, in the order of booking."""
    if not reservations:
        return []
    loads: dict[int, dict[int, Load]] = {row.pk: {} for row in reservations}
    for row in Allocation.objects.filter(machine__in=machines, reservation__in=reservations):
        loads[row.reservation_id][row.machine_id] = Load(row.start, row.end, row.gpus, row.memory_gb)
    closures = closed(machines.values(), now, max(row.end for row in reservations))
    changed = {
        pk: ChangedMachine(capacity(machine), closures[pk], is_gone=machine.state == Machine.State.RETIRED)
        for pk, machine in machines.items()
    }
    ends = kept_ends(changed, [loads[row.pk] for row in reservations], now)
    return [
        LosingReservation(row, end if end > max(row.start, now) else None)
        for row, end in zip(reservations, ends, strict=True)
        if end < row.end
    ]


def _take_time(actor: Principal, reservation: Reservation, end: datetime | None, now: datetime, reason: str) -> None:
    """Shorten the reservation to `end`, or displace it, and store the lost time for its owner."""
    lost_from = end or max(reservation.start, now)
    LostTime.objects.create(reservation=reservation, start=lost_from, end=reservation.end, reason=reason[:200], at=now)
    if end is not None:
        before = audit_values(reservation)
        reservation.end = end
        reservation.lines.update(end=end)
        save_change(actor, "farm.shorten", reservation, before, reason)
        return
    before = {"state": str(reservation.state), "end": reservation.end.isoformat()}
    reservation.state = State.DISPLACED
    if reservation.start < now < reservation.end:  # the time used stays on record
        reservation.end = now
        reservation.lines.update(end=now)
    else:
        reservation.lines.update(held=False)
    save_change(actor, "farm.displace", reservation, before, reason)
