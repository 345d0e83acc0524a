"""The pages and APIs without the farm's lock: the control of bench/farm_storm.py, never a setting of the product.

What is read is the same, only `FOR UPDATE` is gone. If the storm finds nothing wrong here either, it proves nothing.
"""

from typing import Any

from config.wsgi import application
from farm.domain import booking, machines, reservation_rows
from farm.models import Resource
from kernel.errors import Unknown


def no_lock(holders: Any, resources: Any) -> dict[int, Resource]:
    return no_machines_locked(resources)


def no_holders_locked(holders: Any) -> None:
    pass


def no_machines_locked(resources: Any) -> dict[int, Resource]:
    found = {row.pk: row for row in Resource.objects.filter(pk__in=resources).order_by("pk")}
    if set(resources) - set(found):
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
