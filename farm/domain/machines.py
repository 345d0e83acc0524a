"""Every change of a machine and its closures, under the same lock as the bookings that it may displace.

A closure, a lowered capacity or a retirement first says which bookings it would displace (409 `would_displace`);
with `confirm` they become displaced in the same transaction (farm/domain/displacement.py).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from farm.domain.displacement import Confirmed, displacing
from farm.domain.locks import lock, write
from farm.domain.reservation_rows import person
from farm.models import Closure, Machine
from farm.rules import permissions
from kernel.errors import Conflict, Malformed, Unknown
from live.publish import publish

EDITABLE = ("name", "location", "gpu_model", "gpu_count", "memory_gb", "tags", "state", "notes", "scheduler_node")


def add_machine(
    *, actor: Any, id: int | None = None, also: Callable[[Machine], object] | None = None, **values: Any
) -> Machine:
    """A new machine; an `id` given is kept, and refused where it is taken. Without a name it has its number.

    `also` runs last in the same transaction, each time that it is tried.
    """
    permissions.check_may_manage(actor)

    def step() -> Machine:
        machine = add_row(actor, id, values)
        publish("farm")
        if also:
            also(machine)
        return machine

    return write(step)


def add_row(actor: Any, id: int | None, values: dict[str, Any]) -> Machine:
    """The row of a new machine: for verbs, inside their transaction, each time that it is tried."""
    machine = Machine(pk=id, **values)
    if id is not None and Machine.objects.filter(pk=id).exists():
        raise _taken(id)
    nameless = not machine.name
    if nameless:
        machine.name = _free_name(id) if id else f"new-{timezone.now().timestamp()}"
    _validate(machine)
    _save(machine, force_insert=True)
    if nameless and not id:
        machine.name = _free_name(machine.pk)
        _save(machine)
    audit.record(actor, "farm.add_resource", f"resource:{machine.pk}", after=facts(machine))
    return machine


def change_machine(*, actor: Any, machine_id: int, confirm: Confirmed = False, **values: Any) -> Machine:
    """Other values for a machine; where that leaves too little for what is booked, see the module."""
    permissions.check_may_manage(actor)

    def apply(found: dict[int, Machine]) -> Machine:
        return change_row(actor, found[machine_id], values)

    return displacing(actor, [machine_id], apply, confirm).result


def change_row(actor: Any, machine: Machine, values: dict[str, Any]) -> Machine:
    """The row of a machine that is locked: for verbs, under `displacing`."""
    before = facts(machine)
    for name in EDITABLE:
        if name in values:
            setattr(machine, name, values[name])
    _validate(machine)
    _save(machine)
    audit.record(actor, "farm.change_resource", f"resource:{machine.pk}", before=before, after=facts(machine))
    return machine


def retire(*, actor: Any, machine_id: int, confirm: Confirmed = False) -> Machine:
    """Take a machine out of the farm; its history stays."""
    return change_machine(actor=actor, machine_id=machine_id, confirm=confirm, state=Machine.State.RETIRED)


def close(
    *,
    actor: Any,
    machine_id: int,
    start: datetime,
    end: datetime,
    gpus: int | None = None,
    memory_gb: int | None = None,
    reason: str = "",
    confirm: Confirmed = False,
    also: Callable[[Closure], object] | None = None,
) -> Closure:
    """A maintenance window on a machine: all of it, or so many GPUs and so much memory. `also` as in add_machine."""
    permissions.check_may_manage(actor)
    if start >= end:
        raise Malformed("bad_span", _("The end must be after the start."), field="end")
    if (gpus is None) != (memory_gb is None):
        gpus, memory_gb = gpus or 0, memory_gb or 0
    if gpus == 0 and memory_gb == 0:
        raise Malformed("nothing_asked", _("Close at least one GPU or some memory, or all of it."), field="gpus")

    def apply(found: dict[int, Machine]) -> Closure:
        closure = Closure(
            machine=found[machine_id], start=start, end=end, gpus=gpus, memory_gb=memory_gb, reason=reason,
            created_by=person(actor),
        )  # fmt: skip
        closure.clean_fields(exclude=["created_by"])
        closure.save()
        after = {"start": start.isoformat(), "end": end.isoformat(), "gpus": gpus, "memory_gb": memory_gb}
        audit.record(actor, "farm.close", f"resource:{machine_id}", after=after, reason=reason)
        return closure

    try:
        return displacing(actor, [machine_id], apply, confirm, also).result
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
        lock([], [found.machine_id])
        if found.start >= now:
            Closure.objects.filter(pk=closure_id).delete()
        else:
            Closure.objects.filter(pk=closure_id, end__gt=now).update(end=now)
        audit.record(actor, "farm.reopen", f"resource:{found.machine_id}", before={"end": found.end.isoformat()})
        publish("farm")

    write(step)


def _validate(machine: Machine) -> None:
    if machine.gpu_count == 0 and machine.memory_gb == 0:
        raise Malformed("nothing_there", _("A machine has at least one GPU or some memory."), field="gpu_count")
    try:
        machine.full_clean(validate_unique=False, validate_constraints=False)
        machine.validate_constraints()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Malformed("invalid", messages[0], field="" if field == "__all__" else field) from None
    _check_name(machine)


def _check_name(machine: Machine) -> None:
    if Machine.objects.exclude(pk=machine.pk).filter(name=machine.name).exists():
        raise Conflict("name_taken", _("Another machine has this name."), field="name")


def _free_name(machine_id: int) -> str:
    """`machine-7`; `machine-7-2` and so on where another has that already."""
    name, count = f"machine-{machine_id}", 1
    while Machine.objects.filter(name=name).exists():
        count += 1
        name = f"machine-{machine_id}-{count}"
    return name


def _save(machine: Machine, **options: Any) -> None:
    """No lock keeps a number or a name: another may have taken it between the look and here."""
    try:
        with transaction.atomic():
            machine.save(**options)
    except IntegrityError:
        _check_name(machine)
        raise _taken(machine.pk) from None


def _taken(machine_id: int) -> Conflict:
    return Conflict("id_taken", _("There is a machine %(id)s already.") % {"id": machine_id}, field="id")


def facts(machine: Machine) -> dict[str, Any]:
    return {name: getattr(machine, name) for name in EDITABLE}
