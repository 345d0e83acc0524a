"""The pages and APIs without the lock of the farm: the control run of proofs/storm.py.

It is never a setting of the product. It reads the same rows, but without `FOR UPDATE`. When proofs/storm.py finds no
overbooking here, it proves nothing.
"""

import sys
from typing import Any

from config.wsgi import application
from farm.domain import locks
from farm.models import Machine
from kernel.errors import Unknown


def no_lock(holders: Any, machine_ids: Any) -> dict[int, Machine]:
    """Do what `lock` of farm/domain/locks.py does, but without a lock."""
    return no_machines_locked(machine_ids)


def no_holders_locked(holders: Any) -> None:
    pass


def no_machines_locked(machine_ids: Any) -> dict[int, Machine]:
    """Return the machines by their ids, without a lock. Raises Unknown for an unknown id."""
    rows = {row.pk: row for row in Machine.objects.filter(pk__in=machine_ids).order_by("pk")}
    if set(machine_ids) - set(rows):
        raise Unknown("unknown_resource", "no such machine", field="resource")
    return rows


REPLACEMENTS = {"lock": no_lock, "lock_holders": no_holders_locked, "lock_machines": no_machines_locked}
originals = {name: getattr(locks, name) for name in REPLACEMENTS}
replaced = set()
for module in [module for name, module in sys.modules.items() if name.startswith("farm.domain.")]:
    for name, original in originals.items():
        if module is not locks and getattr(module, name, None) is original:
            setattr(module, name, REPLACEMENTS[name])
            replaced.add(name)
assert replaced == set(REPLACEMENTS)

__all__ = ["application"]
