"""Machines, and who holds how much of them from when to when.

The rows of `machines` and `bookings` are written by `farm/domain` alone, under its lock.
Spans are half-open, `[start, end)`, in UTC.
"""

from farm.models.machines import Closure, Machine
from farm.models.overlap import MAX_QUANTITY, MAX_SPAN, longest_after
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
    "Machine",
    "Project",
    "Reservation",
    "longest_after",
]
