"""What a change of machines takes from those who booked them: found under the lock, said first, then done."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from farm.domain.locks import MovedOn, lock, write
from farm.domain.reservation_rows import save
from farm.models import MAX_SPAN, Allocation, Machine, Reservation
from farm.models.states import HOLDING, State
from farm.queries.occupancy import capacity, closed
from farm.rules.availability import Load, profile
from kernel.errors import Conflict
from live.publish import publish

T = TypeVar("T")
# False: nobody may be displaced. True: whoever it is. Ids: these, whom somebody has seen and confirmed.
Confirmed = bool | Collection[int]


class Displaced(NamedTuple):
    result: Any
    reservations: list[Reservation]


def displacing(
    actor: Any,
    machine_ids: Collection[int],
    apply: Callable[[dict[int, Machine]], Any],
    confirm: Confirmed,
    also: Callable[[Any], object] | None = None,
) -> Displaced:
    """Apply under the lock of the machines and of those that their bookings also hold; displace what no longer fits.

    Where `confirm` does not cover those, nothing is done: 409 `would_displace` with the `reservations`. `also` is given
    the result and runs last in the same transaction, each time that it is tried.

    Whoever changes a booking that has a line here holds this machine's lock, so the holders' rows are not needed: on a
    machine that is being booked new ones come faster than they can be read and locked, and it could never be closed.
    """
    now = timezone.now()
    wanted = set(machine_ids)
    locked_ids = set(wanted)

    def step() -> Displaced:
        locked_ids.update(_machines_of(_booked(wanted, now)))
        locked = lock([], locked_ids)
        booked = _booked(wanted, now)
        if not _machines_of(booked) <= locked_ids:
            raise MovedOn
        machines = {pk: locked[pk] for pk in wanted}
        result = apply(machines)
        displaced = _no_longer_fit(machines, booked, now)
        _check_confirmed(displaced, machines, confirm)
        for reservation in displaced:
            _displace(actor, reservation, now)
        publish("farm")
        if also:
            also(result)
        return Displaced(result, displaced)

    return write(step)


def rehearse(act: Callable[[], T]) -> T:
    """What a verb would give, or its refusal, with nothing written."""
    with transaction.atomic():
        result = act()
        transaction.set_rollback(True)
    return result


def would_displace(act: Callable[[], object]) -> list[int]:
    """The reservations that a verb, asked without `confirm`, would displace. Nothing is written."""
    try:
        rehearse(act)
    except Conflict as refusal:
        if refusal.code != "would_displace":
            raise
        return list(refusal.extra["reservations"])
    return []


def _check_confirmed(displaced: list[Reservation], machines: Mapping[int, Machine], confirm: Confirmed) -> None:
    known = {row.pk for row in displaced} if confirm is True else set(confirm or ())
    if {row.pk for row in displaced} <= known:
        return
    names = ", ".join(sorted(row.name for row in machines.values()))
    raise Conflict(
        "would_displace",
        _("This would displace what is booked on %(name)s.") % {"name": names},
        reservations=[row.pk for row in displaced],
    )


def _booked(machine_ids: Collection[int], now: datetime) -> list[Reservation]:
    """Those that hold a part of the machines from now on, in the order in which they were asked for."""
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


def _no_longer_fit(machines: dict[int, Machine], booked: list[Reservation], now: datetime) -> list[Reservation]:
    """First come, first kept: each booking is kept if all of it still fits beside those asked for before it."""
    if not booked:
        return []
    lines: dict[int, list[Allocation]] = defaultdict(list)
    for line in Allocation.objects.filter(machine__in=machines, reservation__in=booked):
        lines[line.reservation_id].append(line)
    shut = closed(machines.values(), now, max(row.end for row in booked))
    kept: dict[int, list[Load]] = defaultdict(list)
    displaced = []
    for reservation in booked:
        loads = {row.machine_id: Load(row.start, row.end, row.gpus, row.memory_gb) for row in lines[reservation.pk]}
        if all(_fits(machines[pk], load, kept[pk], shut[pk], now) for pk, load in loads.items()):
            for pk, load in loads.items():
                kept[pk].append(load)
        else:
            displaced.append(reservation)
    return displaced


def _fits(machine: Machine, load: Load, kept: list[Load], shut: list[Load], now: datetime) -> bool:
    if machine.state == Machine.State.RETIRED:
        return False
    steps = profile(capacity(machine), [*kept, load], shut, max(load.start, now), load.end)
    # Only the dimensions that it takes from: where it asks for no GPU, closed GPUs are nothing to it.
    return not any((load.gpus and s.free.gpus < 0) or (load.memory_gb and s.free.memory_gb < 0) for s in steps)


def _displace(actor: Any, reservation: Reservation, now: datetime) -> None:
    before = {"state": str(reservation.state), "end": reservation.end.isoformat()}
    reservation.state = State.DISPLACED
    if reservation.start < now < reservation.end:  # what was used stays on record
        reservation.end = now
        reservation.lines.update(end=now)
    else:
        reservation.lines.update(held=False)
    save(actor, "farm.displace", reservation, before)
