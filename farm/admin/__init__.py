"""The farm for staff. What the lock guards is read-only; verbs change it, after saying what they would take."""

from farm.admin import checks, closures, machines, projects, reservations

__all__ = ["checks", "closures", "machines", "projects", "reservations"]
