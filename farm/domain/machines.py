"""Commands that change machines and their closures.

They take the same lock as the reservations that they may shorten or displace. A closure, a lower capacity or a
retirement that takes time from reservations is refused first, with their ids (409 `would_displace`). With `confirm`
they are shortened or displaced in the same transaction (farm/domain/displacement.py).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.principals import Principal
from farm.domain.displacement import Confirmed, change_and_displace
from farm.domain.locks import lock, run_in_transaction
from farm.domain.reservation_rows import user_or_none
from farm.models import Closure, Machine
from farm.rules import permissions
from farm.rules.machine_words import clean_values
from farm.rules.shown_words import clean_sentence
from kernel.errors import Conflict, Malformed, Unknown
from kernel.text.plain_words import find_alike
from live.publish import changed_rows, publish

EDITABLE = ("name", "location", "gpu_model", "gpu_count", "memory_gb", "tags", "state", "notes", "scheduler_node")


def add_machine(
    *, actor: Principal, id: int | None = None, also: Callable[[Machine], object] | None = None, **values: Any
) -> Machine:
    """Create a machine with `values` of the EDITABLE fields.

    `id`, when given, becomes its id; raises Conflict when it is taken. Without a name the machine is named after its
    id. `also` runs last in the same transaction, at each try.
    """
    permissions.check_may_manage(actor)

    def step() -> Machine:
        machine = create_machine_row(actor, id, values)
        publish("farm")
        if also:
            also(machine)
        return machine

    return run_in_transaction(step)


def create_machine_row(actor: Principal, id: int | None, values: dict[str, Any]) -> Machine:
    """Create the row of a machine. For commands, inside their transaction, at each try."""
    machine = Machine(pk=id, **clean_values(values))
    if id is not None and Machine.objects.filter(pk=id).exists():
        raise _id_taken(id)
    has_no_name = not machine.name
    if has_no_name:
        machine.name = _free_name(id) if id else f"new-{timezone.now().timestamp()}"
    _validate(machine)
    _save(machine, force_insert=True)
    if has_no_name and not id:
        machine.name = _free_name(machine.pk)
        _save(machine)
    audit.record(actor, "farm.add_resource", f"resource:{machine.pk}", after=audit_values(machine))
    return machine


def change_machine(*, actor: Principal, machine_id: int, confirm: Confirmed = False, **values: Any) -> Machine:
    """Change EDITABLE fields of a machine. May displace reservations: see the module."""
    permissions.check_may_manage(actor)

    def change(machines: dict[int, Machine]) -> Machine:
        return change_machine_row(actor, machines[machine_id], values)

    return change_and_displace(actor, [machine_id], change, confirm).result


def change_machine_row(actor: Principal, machine: Machine, values: dict[str, Any]) -> Machine:
    """Change the row of a locked machine. For commands, inside `change_and_displace`."""
    before = audit_values(machine)
    changed = {name: value for name, value in values.items() if name in EDITABLE and value != before[name]}
    for name, value in clean_values(changed).items():  # words from before the rule may stay as they are
        setattr(machine, name, value)
    _validate(machine, is_renamed=machine.name != before["name"])
    _save(machine)
    audit.record(actor, "farm.change_resource", f"resource:{machine.pk}", before=before, after=audit_values(machine))
    return machine


def retire(*, actor: Principal, machine_id: int, confirm: Confirmed = False) -> Machine:
    """Take a machine out of the farm. Its history stays."""
    return change_machine(actor=actor, machine_id=machine_id, confirm=confirm, state=Machine.State.RETIRED)


def close(
    *,
    actor: Principal,
    machine_id: int,
    start: datetime,
    end: datetime,
    gpus: int | None = None,
    memory_gb: int | None = None,
    reason: str = "",
    confirm: Confirmed = False,
    also: Callable[[Closure], object] | None = None,
) -> Closure:
    """Close a machine for maintenance: all of it, or `gpus` and `memory_gb` of it.

    `also` as in add_machine.
    """
    permissions.check_may_manage(actor)
    reason = clean_sentence(reason, "reason")
    if start >= end:
        raise Malformed("bad_span", _("The end must be after the start."), field="end")
    if (gpus is None) != (memory_gb is None):
        gpus, memory_gb = gpus or 0, memory_gb or 0
    if gpus == 0 and memory_gb == 0:
        raise Malformed("nothing_asked", _("Close at least one GPU or some memory, or all of it."), field="gpus")

    def create_closure(machines: dict[int, Machine]) -> Closure:
        closure = Closure(
            machine=machines[machine_id], start=start, end=end, gpus=gpus, memory_gb=memory_gb, reason=reason,
            created_by=user_or_none(actor),
        )  # fmt: skip
        closure.clean_fields(exclude=["created_by"])
        closure.save()
        after = {"start": start.isoformat(), "end": end.isoformat(), "gpus": gpus, "memory_gb": memory_gb}
        audit.record(actor, "farm.close", f"resource:{machine_id}", after=after, reason=reason)
        return closure

    try:
        return change_and_displace(actor, [machine_id], create_closure, confirm, also, reason).result
    except ValidationError as error:
        raise Malformed("invalid", error.messages[0]) from None


def reopen(*, actor: Principal, closure_id: int) -> None:
    """End a closure now, or delete one that has not begun."""
    permissions.check_may_manage(actor)
    now = timezone.now()

    def step() -> None:
        try:
            closure = Closure.objects.get(pk=closure_id)
        except Closure.DoesNotExist:
            raise Unknown("unknown_closure", _("There is no such closure.")) from None
        lock([], [closure.machine_id])
        if closure.start >= now:
            Closure.objects.filter(pk=closure_id).delete()
        else:
            Closure.objects.filter(pk=closure_id, end__gt=now).update(end=now)
        before = {"end": closure.end.isoformat()}
        audit.record(actor, "farm.reopen", f"resource:{closure.machine_id}", before=before)
        publish(changed_rows("farm", [closure.machine_id]))

    run_in_transaction(step)


def _validate(machine: Machine, *, is_renamed: bool = True) -> None:
    if machine.gpu_count == 0 and machine.memory_gb == 0:
        raise Malformed("nothing_there", _("A machine has at least one GPU or some memory."), field="gpu_count")
    try:
        machine.full_clean(validate_unique=False, validate_constraints=False)
        machine.validate_constraints()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Malformed("invalid", messages[0], field="" if field == "__all__" else field) from None
    if is_renamed:
        _check_name_free(machine)


def _check_name_free(machine: Machine) -> None:
    """Raise Conflict when another machine has this name, or one that looks like it."""
    other = find_alike(machine.name, Machine.objects.exclude(pk=machine.pk).values_list("name", flat=True))
    if other == machine.name:
        raise Conflict("name_taken", _("Another machine has this name."), field="name")
    if other is not None:
        sentence = _("A machine with a similar name exists: “%(name)s”. Write that name, or choose another one.")
        sentence %= {"name": other}
        raise Conflict("name_taken", sentence, field="name")


def _free_name(machine_id: int) -> str:
    """Return `machine-7`, or `machine-7-2` and so on while another machine has that name."""
    name, count = f"machine-{machine_id}", 1
    while Machine.objects.filter(name=name).exists():
        count += 1
        name = f"machine-{machine_id}-{count}"
    return name


def _save(machine: Machine, **options: Any) -> None:
    """Save the row. Raises Conflict when its id or its name is taken.

    No lock protects ids and names: another command may take one after `_validate` checked it.
    """
    try:
        with transaction.atomic():
            machine.save(**options)
    except IntegrityError:
        _check_name_free(machine)
        raise _id_taken(machine.pk) from None


def _id_taken(machine_id: int) -> Conflict:
    return Conflict("id_taken", _("There is a machine %(id)s already.") % {"id": machine_id}, field="id")


def audit_values(machine: Machine) -> dict[str, Any]:
    """Return the values of a machine that the audit log keeps."""
    return {name: getattr(machine, name) for name in EDITABLE}
