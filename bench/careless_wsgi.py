"""The pages and APIs without the farm's lock: the control of bench/farm_storm.py, never a setting of the product.

What is read is the same, only `FOR UPDATE` is gone. If the storm finds nothing wrong here either, it proves nothing.
"""

from config.wsgi import application
from farm import booking, machines, rows
from farm.models import Resource
from kernel.errors import Unknown


def no_lock(holders: object, resources: object) -> dict[int, Resource]:
    found = {row.pk: row for row in Resource.objects.filter(pk__in=resources).order_by("pk")}
    if set(resources) - set(found):  # type: ignore[call-overload]
        raise Unknown("unknown_resource", "no such machine", field="resource")
    return found


for module in (booking, machines, rows):
    assert module.lock
    module.lock = no_lock  # type: ignore[assignment]

__all__ = ["application"]
