"""What a change of machines takes from those who booked them: found under the lock, said first, then done."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from farm.availability import Load, profile
from farm.ledger import capacity, closed
from farm.locks import MovedOn, holder_ids, lock, write
from farm.models import MAX_SPAN, Allocation, Reservation, Resource
from farm.rows import save
from farm.states import HOLDING, State
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
    resource_ids: Collection[int],
    apply: Callable[[dict[int, Resource]], Any],
    confirm: Confirmed,
) -> Displaced:
    """Apply under the lock of the machines and of all that is booked on them; then displace what no longer fits.

    Where `confirm` does not cover those, nothing is done: 409 `would_displace` with the `reservations`.
    """
    now = timezone.now()
    wanted = set(resource_ids)

    def step() -> Displaced:
        booked = _booked(wanted, now)
        holders = holder_ids(*{row.owner for row in booked}, *{row.project for row in booked})
        machines = _machines_of(booked)
        locked = lock(holders, machines | wanted)
        locked_now = _booked(wanted, now)
        if {row.pk for row in locked_now} - {row.pk for row in booked} or _machines_of(locked_now) - machines:
            raise MovedOn
        resources = {pk: locked[pk] for pk in wanted}
        result = apply(resources)
        displaced = _no_longer_fit(resources, locked_now, now)
        _check_confirmed(displaced, resources, confirm)
        for reservation in displaced:
            _displace(actor, reservation, now)
        publish("farm")
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


def _check_confirmed(displaced: list[Reservation], resources: Mapping[int, Resource], confirm: Confirmed) -> None:
    known = {row.pk for row in displaced} if confirm is True else set(confirm or ())
    if {row.pk for row in displaced} <= known:
        return
    names = ", ".join(sorted(row.name for row in resources.values()))
    raise Conflict(
        "would_displace",
        _("This would displace what is booked on %(name)s.") % {"name": names},
        reservations=[row.pk for row in displaced],
    )


def _booked(resource_ids: Collection[int], now: datetime) -> list[Reservation]:
    """Those that hold a part of the machines from now on, in the order in which they were asked for."""
    return list(
        Reservation.objects.filter(
            state__in=HOLDING, lines__resource__in=resource_ids, lines__end__gt=now, lines__start__gt=now - MAX_SPAN
        )
        .select_related("owner", "project")
        .order_by("created_at", "pk")
        .distinct()
    )


def _machines_of(reservations: Collection[Reservation]) -> set[int]:
    rows = Allocation.objects.filter(reservation__in=[row.pk for row in reservations])
    return set(rows.values_list("resource_id", flat=True))


def _no_longer_fit(resources: dict[int, Resource], booked: list[Reservation], now: datetime) -> list[Reservation]:
    """First come, first kept: each booking is kept if all of it still fits beside those asked for before it."""
    if not booked:
        return []
    lines: dict[int, list[Allocation]] = defaultdict(list)
    for line in Allocation.objects.filter(resource__in=resources, reservation__in=booked):
        lines[line.reservation_id].append(line)
    shut = closed(resources.values(), now, max(row.end for row in booked))
    kept: dict[int, list[Load]] = defaultdict(list)
    displaced = []
    for reservation in booked:
        loads = {row.resource_id: Load(row.start, row.end, row.gpus, row.memory_gb) for row in lines[reservation.pk]}
        if all(_fits(resources[pk], load, kept[pk], shut[pk], now) for pk, load in loads.items()):
            for pk, load in loads.items():
                kept[pk].append(load)
        else:
            displaced.append(reservation)
    return displaced


def _fits(resource: Resource, load: Load, kept: list[Load], shut: list[Load], now: datetime) -> bool:
    if resource.state == Resource.State.RETIRED:
        return False
    steps = profile(capacity(resource), [*kept, load], shut, max(load.start, now), load.end)
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
