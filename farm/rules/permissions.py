"""Who may do what on the farm. The verbs ask; the faces never decide by themselves.

`actor` is a person, a machine (service account or trusted peer), or None for Atelier itself.
"""

from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.principals import is_program
from farm.models import Project, Reservation
from kernel.errors import NotAllowed


def may_manage(actor: Any) -> bool:
    """Machines and their closures, and other people's bookings."""
    return actor is None or bool(actor.is_staff) or is_program(actor)


def may_change(actor: Any, reservation: Reservation) -> bool:
    return may_manage(actor) or (actor.pk is not None and actor.pk == reservation.owner_id)


def check_may_manage(actor: Any) -> None:
    if not may_manage(actor):
        raise NotAllowed("not_allowed", _("Only staff may do this."))


def check_may_change(actor: Any, reservation: Reservation) -> None:
    if not may_change(actor, reservation):
        raise NotAllowed("not_allowed", _("This booking belongs to somebody else."))


def check_may_book_for(actor: Any, owner: User) -> None:
    if not may_manage(actor) and actor.pk != owner.pk:
        raise NotAllowed("not_allowed", _("Only staff may book for somebody else."), field="owner")


def check_may_charge(owner: User, project: Project | None) -> None:
    if project is not None and not project_ids_of(owner) & {project.pk}:
        raise NotAllowed("not_allowed", _("This project is not open to that person."), field="project")


def project_ids_of(person: Any) -> set[int]:
    if getattr(person, "pk", None) is None:
        return set()
    theirs = Project.objects.filter(Q(owners=person) | Q(members=person))
    return set(theirs.order_by().values_list("pk", flat=True))


def seen_projects(viewer: Any) -> QuerySet[Project]:
    """Those that the viewer is in; all of them for who manages the farm."""
    rows = Project.objects.all()
    return rows if may_manage(viewer) else rows.filter(pk__in=project_ids_of(viewer))


class Sight:
    """What one viewer may read of others' bookings, by the policy FARM_NAMES: everyone, project, or staff."""

    def __init__(self, viewer: Any) -> None:
        self.viewer = viewer
        self.policy = settings.FARM_NAMES
        self.all = may_manage(viewer) or self.policy == "everyone"
        self.projects = set() if viewer is None else project_ids_of(viewer)

    def is_mine(self, reservation: Reservation) -> bool:
        return self.viewer is not None and self.viewer.pk is not None and reservation.owner_id == self.viewer.pk

    def may_change(self, reservation: Reservation) -> bool:
        return self.viewer is not None and may_change(self.viewer, reservation)

    def is_of_my_project(self, reservation: Reservation) -> bool:
        return reservation.project_id in self.projects

    def sees_name(self, reservation: Reservation) -> bool:
        """Whether the owner's name and the purpose may be shown; where not, they are absent, not blanked."""
        if self.all or self.is_mine(reservation):
            return True
        return self.policy == "project" and self.is_of_my_project(reservation)

    def named(self, rows: QuerySet[Reservation]) -> QuerySet[Reservation]:
        """Those of `rows` whose name the viewer sees: a question about a name must not tell a hidden one."""
        if self.all:
            return rows
        seen = Q(owner=self.viewer.pk) if self.viewer is not None else Q(pk__in=[])
        return rows.filter(seen | Q(project__in=self.projects) if self.policy == "project" else seen)
