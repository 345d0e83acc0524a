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
from farm.models import Closure, Resource
from farm.rules import permissions
from kernel.errors import Conflict, Malformed, Unknown
from live.publish import publish

EDITABLE = ("name", "location", "gpu_model", "gpu_count", "memory_gb", "tags", "state", "notes", "scheduler_node")


def add_resource(
    *, actor: Any, id: int | None = None, also: Callable[[Resource], object] | None = None, **values: Any
) -> Resource:
    """A new machine; an `id` given is kept, and refused where it is taken. Without a name it has its number.

    `also` runs last in the same transaction, each time that it is tried.
    """
    permissions.check_may_manage(actor)

    def step() -> Resource:
        resource = add_row(actor, id, values)
        publish("farm")
        if also:
            also(resource)
        return resource

    return write(step)


def add_row(actor: Any, id: int | None, values: dict[str, Any]) -> Resource:
    """The row of a new machine: for verbs, inside their transaction, each time that it is tried."""
    resource = Resource(pk=id, **values)
    if id is not None and Resource.objects.filter(pk=id).exists():
        raise _taken(id)
    nameless = not resource.name
    if nameless:
        resource.name = _free_name(id) if id else f"new-{timezone.now().timestamp()}"
    _validate(resource)
    _save(resource, force_insert=True)
    if nameless and not id:
        resource.name = _free_name(resource.pk)
        _save(resource)
    audit.record(actor, "farm.add_resource", f"resource:{resource.pk}", after=facts(resource))
    return resource


def change_resource(*, actor: Any, resource_id: int, confirm: Confirmed = False, **values: Any) -> Resource:
    """Other values for a machine; where that leaves too little for what is booked, see the module."""
    permissions.check_may_manage(actor)

    def apply(found: dict[int, Resource]) -> Resource:
        return change_row(actor, found[resource_id], values)

    return displacing(actor, [resource_id], apply, confirm).result


def change_row(actor: Any, resource: Resource, values: dict[str, Any]) -> Resource:
    """The row of a machine that is locked: for verbs, under `displacing`."""
    before = facts(resource)
    for name in EDITABLE:
        if name in values:
            setattr(resource, name, values[name])
    _validate(resource)
    _save(resource)
    audit.record(actor, "farm.change_resource", f"resource:{resource.pk}", before=before, after=facts(resource))
    return resource


def retire(*, actor: Any, resource_id: int, confirm: Confirmed = False) -> Resource:
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
    confirm: Confirmed = False,
    also: Callable[[Closure], object] | None = None,
) -> Closure:
    """A maintenance window on a machine: all of it, or so many GPUs and so much memory. `also` as in add_resource."""
    permissions.check_may_manage(actor)
    if start >= end:
        raise Malformed("bad_span", _("The end must be after the start."), field="end")
    if (gpus is None) != (memory_gb is None):
        gpus, memory_gb = gpus or 0, memory_gb or 0
    if gpus == 0 and memory_gb == 0:
        raise Malformed("nothing_asked", _("Close at least one GPU or some memory, or all of it."), field="gpus")

    def apply(found: dict[int, Resource]) -> Closure:
        closure = Closure(
            resource=found[resource_id], start=start, end=end, gpus=gpus, memory_gb=memory_gb, reason=reason,
            created_by=person(actor),
        )  # fmt: skip
        closure.clean_fields(exclude=["created_by"])
        closure.save()
        after = {"start": start.isoformat(), "end": end.isoformat(), "gpus": gpus, "memory_gb": memory_gb}
        audit.record(actor, "farm.close", f"resource:{resource_id}", after=after, reason=reason)
        return closure

    try:
        return displacing(actor, [resource_id], apply, confirm, also).result
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


def _validate(resource: Resource) -> None:
    if resource.gpu_count == 0 and resource.memory_gb == 0:
        raise Malformed("nothing_there", _("A machine has at least one GPU or some memory."), field="gpu_count")
    try:
        resource.full_clean(validate_unique=False, validate_constraints=False)
        resource.validate_constraints()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Malformed("invalid", messages[0], field="" if field == "__all__" else field) from None
    _check_name(resource)


def _check_name(resource: Resource) -> None:
    if Resource.objects.exclude(pk=resource.pk).filter(name=resource.name).exists():
        raise Conflict("name_taken", _("Another machine has this name."), field="name")


def _free_name(resource_id: int) -> str:
    """`machine-7`; `machine-7-2` and so on where another has that already."""
    name, count = f"machine-{resource_id}", 1
    while Resource.objects.filter(name=name).exists():
        count += 1
        name = f"machine-{resource_id}-{count}"
    return name


def _save(resource: Resource, **options: Any) -> None:
    """No lock keeps a number or a name: another may have taken it between the look and here."""
    try:
        with transaction.atomic():
            resource.save(**options)
    except IntegrityError:
        _check_name(resource)
        raise _taken(resource.pk) from None


def _taken(resource_id: int) -> Conflict:
    return Conflict("id_taken", _("There is a machine %(id)s already.") % {"id": resource_id}, field="id")


def facts(resource: Resource) -> dict[str, Any]:
    return {name: getattr(resource, name) for name in EDITABLE}
