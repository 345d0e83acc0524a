"""The tables of the farm: machines, closures, projects, reservations, allocations.

Only farm/domain writes machines, closures, reservations and allocations, under its lock. Spans are half-open,
`[start, end)`, in UTC.
"""

from farm.models.lost_times import LostTime
from farm.models.machines import Closure, Machine
from farm.models.overlap import MAX_QUANTITY, MAX_SPAN, latest_end_starting_by
from farm.models.projects import Holder, Project
from farm.models.records import CapacityCheck, KeptAnswer
from farm.models.reservations import DRAFT_LIFE, Allocation, Reservation

__all__ = [
    "DRAFT_LIFE",
    "MAX_QUANTITY",
    "MAX_SPAN",
    "Allocation",
    "CapacityCheck",
    "Closure",
    "Holder",
    "KeptAnswer",
    "LostTime",
    "Machine",
    "Project",
    "Reservation",
    "latest_end_starting_by",
]
