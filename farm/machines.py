"""Every change of a machine and its closures, under the same lock as the bookings that it may displace.

A closure, a lowered capacity or a retirement first says which bookings it would displace (409 `would_displace`);
with `confirm` they become displaced in the same transaction.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from farm import permissions
from farm.availability import Load, profile
from farm.ledger import capacity, closed
from farm.locks import MovedOn, lock, write
from farm.models import MAX_SPAN, Allocation, Closure, Reservation, Resource
from farm.rows import person, save
from farm.states import HOLDING, State
from kernel.errors import Conflict, Malformed, Unknown
from live.publish import publish

T = TypeVar("T")
EDITABLE = ("name", "location", "gpu_model", "gpu_count", "memory_gb", "tags", "state", "notes", "scheduler_node")


def add_resource(*, actor: Any, id: int | None = None, **values: Any) -> Resource:
    """A new machine; an `id` given is kept, and refused where it is taken. Without a name it has its number."""
    permissions.check_may_manage(actor)
    resource = Resource(pk=id, **values)

    def step() -> Resource:
        if id is not None and Resource.objects.filter(pk=id).exists():
            raise _taken(id)
        nameless = not resource.name
        if nameless:
            resource.name = f"machine-{id}" if id else f"new-{timezone.now().timestamp()}"
        _validate(resource)
        try:
            with transaction.atomic():
                resource.save(force_insert=True)
        except IntegrityError:  # another took the number between the look and the insert
            raise _taken(id) from None
        if nameless and not id:
            resource.name = f"machine-{resource.pk}"
            resource.save(update_fields=["name"])
        audit.record(actor, "farm.add_resource", f"resource:{resource.pk}", after=facts(resource))
        publish("farm")
        return resource

    return write(step)


def change_resource(*, actor: Any, resource_id: int, confirm: bool = False, **values: Any) -> Resource:
    """Other values for a machine; where that leaves too little for what is booked, see the module."""
    permissions.check_may_manage(actor)

    def apply(resource: Resource) -> Resource:
        before = facts(resource)
        for name in EDITABLE:
            if name in values:
                setattr(resource, name, values[name])
        _validate(resource)
        resource.save()
        audit.record(actor, "farm.change_resource", f"resource:{resource.pk}", before=before, after=facts(resource))
        return resource

    return _displacing(actor, resource_id, apply, confirm)


def retire(*, actor: Any, resource_id: int, confirm: bool = False) -> Resource:
    """Take a machine out of the farm; its history stays."""
    return change_resource(actor=actor, resource_id=resource_id, confirm=confirm, state=Resource.State.RETIRED)


def close(
    *,
    actor: Any,
    resource_id: int,
    start: datetime,
    end: datetime,
    gpus: int | None = None,
    memory_gb: int | None = None,
    reason: str = "",
    confirm: bool = False,
) -> Closure:
    """A maintenance window on a machine: all of it, or so many GPUs and so much memory."""
    permissions.check_may_manage(actor)
    if start >= end:
        raise Malformed("bad_span", _("The end must be after the start."), field="end")
    if (gpus is None) != (memory_gb is None):
        gpus, memory_gb = gpus or 0, memory_gb or 0
    if gpus == 0 and memory_gb == 0:
        raise Malformed("nothing_asked", _("Close at least one GPU or some memory, or all of it."), field="gpus")

    def apply(resource: Resource) -> Closure:
        closure = Closure(
            resource=resource, start=start, end=end, gpus=gpus, memory_gb=memory_gb, reason=reason,
            created_by=person(actor),
        )  # fmt: skip
        closure.clean_fields(exclude=["created_by"])
        closure.save()
        after = {"start": start.isoformat(), "end": end.isoformat(), "gpus": gpus, "memory_gb": memory_gb}
        audit.record(actor, "farm.close", f"resource:{resource.pk}", after=after, reason=reason)
        return closure

    try:
        return _displacing(actor, resource_id, apply, confirm)
    except ValidationError as error:
        raise Malformed("invalid", error.messages[0]) from None


def reopen(*, actor: Any, closure_id: int) -> None:
    """End a closure now, or forget one that has not begun."""
    permissions.check_may_manage(actor)
    now = timezone.now()

    def step() -> None:
        try:
            found = Closure.objects.get(pk=closure_id)
        except Closure.DoesNotExist:
            raise Unknown("unknown_closure", _("There is no such closure.")) from None
        lock([], [found.resource_id])
        if found.start >= now:
            Closure.objects.filter(pk=closure_id).delete()
        else:
            Closure.objects.filter(pk=closure_id, end__gt=now).update(end=now)
        audit.record(actor, "farm.reopen", f"resource:{found.resource_id}", before={"end": found.end.isoformat()})
        publish("farm")

    write(step)


def _displacing(actor: Any, resource_id: int, apply: Callable[[Resource], T], confirm: bool) -> T:
    """Apply under the lock of the machine and of those that its bookings also hold; then displace what no longer fits.

    Whoever changes a booking that has a line here holds this machine's lock, so the holders' rows are not needed: on a
    machine that is being booked new ones come faster than they can be read and locked, and it could never be closed.
    """
    now = timezone.now()
    machines = {resource_id}

    def step() -> T:
        machines.update(_machines_of(_booked(resource_id, now)))
        resource = lock([], machines)[resource_id]
        booked = _booked(resource_id, now)
        if not _machines_of(booked) <= machines:
            raise MovedOn
        result = apply(resource)
        displaced = _no_longer_fit(resource, booked, now)
        if displaced and not confirm:
            raise Conflict(
                "would_displace",
                _("This would displace what is booked on %(name)s.") % {"name": resource.name},
                reservations=[row.pk for row in displaced],
            )
        for reservation in displaced:
            _displace(actor, reservation, now)
        publish("farm")
        return result

    return write(step)


def _booked(resource_id: int, now: datetime) -> list[Reservation]:
    """Those that hold a part of the machine from now on, in the order in which they were asked for."""
    return list(
        Reservation.objects.filter(
            state__in=HOLDING, lines__resource=resource_id, lines__end__gt=now, lines__start__gt=now - MAX_SPAN
        )
        .select_related("owner", "project")
        .order_by("created_at", "pk")
    )


def _machines_of(reservations: Sequence[Reservation]) -> set[int]:
    rows = Allocation.objects.filter(reservation__in=[row.pk for row in reservations])
    return set(rows.values_list("resource_id", flat=True))


def _no_longer_fit(resource: Resource, booked: Sequence[Reservation], now: datetime) -> list[Reservation]:
    """First come, first kept: each booking is kept if it still fits beside those asked for before it."""
    if resource.state == Resource.State.RETIRED:
        return list(booked)
    if not booked:
        return []
    lines = {row.reservation_id: row for row in Allocation.objects.filter(resource=resource, reservation__in=booked)}
    shut = closed([resource], now, max(row.end for row in booked))[resource.pk]
    kept: list[Load] = []
    displaced = []
    for reservation in booked:
        line = lines[reservation.pk]
        load = Load(line.start, line.end, line.gpus, line.memory_gb)
        steps = profile(capacity(resource), [*kept, load], shut, max(line.start, now), line.end)
        # Only the dimensions that it takes from: where it asks for no GPU, closed GPUs are nothing to it.
        if any((load.gpus and s.free.gpus < 0) or (load.memory_gb and s.free.memory_gb < 0) for s in steps):
            displaced.append(reservation)
        else:
            kept.append(load)
    return displaced


def _displace(actor: Any, reservation: Reservation, now: datetime) -> None:
    before = {"state": str(reservation.state), "end": reservation.end.isoformat()}
    reservation.state = State.DISPLACED
    if reservation.start < now < reservation.end:  # what was used stays on record
        reservation.end = now
        reservation.lines.update(end=now)
    else:
        reservation.lines.update(held=False)
    save(actor, "farm.displace", reservation, before)


def _validate(resource: Resource) -> None:
    try:
        resource.full_clean(validate_unique=False, validate_constraints=False)
        resource.validate_constraints()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Malformed("invalid", messages[0], field="" if field == "__all__" else field) from None
    if Resource.objects.exclude(pk=resource.pk).filter(name=resource.name).exists():
        raise Conflict("name_taken", _("Another machine has this name."), field="name")
    if resource.gpu_count == 0 and resource.memory_gb == 0:
        raise Malformed("nothing_there", _("A machine has at least one GPU or some memory."), field="gpu_count")


def _taken(resource_id: int | None) -> Conflict:
    return Conflict("id_taken", _("There is a machine %(id)s already.") % {"id": resource_id}, field="id")


def facts(resource: Resource) -> dict[str, Any]:
    return {name: getattr(resource, name) for name in EDITABLE}
