"""The farm in the admin.

Reservations, closures and capacity are read-only: actions call the commands that change them. An action shows first
which bookings it would displace.
"""

from farm.admin import capacity_checks, closures, machines, projects, reservations

__all__ = ["capacity_checks", "closures", "machines", "projects", "reservations"]
