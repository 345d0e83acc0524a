"""The farm's objects in the audit log (accounts/audit_log/objects.py): their names and pages."""

from collections.abc import Collection

from django.urls import reverse

from accounts.audit_log.objects import MOST_FOUND
from farm.models import Machine, Project, Reservation
from farm.rules import wording
from kernel.database.folded import having_words


def load_machines(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    machines = Machine.objects.filter(pk__in=numbers).only("name")
    return {machine.pk: (machine.shown_name, reverse("farm-machine", args=[machine.pk])) for machine in machines}


def find_machines(text: str) -> list[int]:
    return list(having_words(Machine.objects.order_by("pk"), text, "name").values_list("pk", flat=True)[:MOST_FOUND])


def load_reservations(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    """Name a reservation by its purpose, or by its times where it has none."""
    reservations = Reservation.objects.filter(pk__in=numbers).only("purpose", "start", "end")
    return {
        reservation.pk: (
            reservation.purpose or wording.span(reservation.start, reservation.end),
            reverse("farm-reservation", args=[reservation.pk]),
        )
        for reservation in reservations
    }


def load_projects(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    projects = Project.objects.filter(pk__in=numbers).only("name")
    return {project.pk: (project.name, reverse("admin:farm_project_change", args=[project.pk])) for project in projects}


def find_projects(text: str) -> list[int]:
    return list(having_words(Project.objects.order_by("pk"), text, "name").values_list("pk", flat=True)[:MOST_FOUND])
