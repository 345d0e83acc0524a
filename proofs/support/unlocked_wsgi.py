"""The pages and APIs without the farm's lock: the control of proofs/storm.py, never a setting of the product.

What is read is the same, only `FOR UPDATE` is gone. If the storm finds nothing wrong here either, it proves nothing.
"""

from typing import Any

from config.wsgi import application
from farm.domain import booking, machines, reservation_rows
from farm.models import Machine
from kernel.errors import Unknown


def no_lock(holders: Any, machine_ids: Any) -> dict[int, Machine]:
    return no_machines_locked(machine_ids)


def no_holders_locked(holders: Any) -> None:
    pass


def no_machines_locked(machine_ids: Any) -> dict[int, Machine]:
    found = {row.pk: row for row in Machine.objects.filter(pk__in=machine_ids).order_by("pk")}
    if set(machine_ids) - set(found):
        raise Unknown("unknown_resource", "no such machine", field="resource")
    return found


for module, name, careless in (
    (booking, "lock_holders", no_holders_locked),
    (booking, "lock_machines", no_machines_locked),
    (machines, "lock", no_lock),
    (reservation_rows, "lock", no_lock),
):
    assert hasattr(module, name)
    setattr(module, name, careless)

__all__ = ["application"]
