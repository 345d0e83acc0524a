"""The permissions of the farm. Commands check them; views and APIs never decide.

`actor` is a person, a program (service account or trusted peer), or None for Atelier itself.
"""

from typing import Any, Protocol

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.principals import Principal, is_program
from farm.models import Project, Reservation
from kernel.errors import NotAllowed


class Owned(Protocol):
    """A reservation, or its values on a timeline."""

    @property
    def owner_id(self) -> int: ...

    @property
    def project_id(self) -> int | None: ...


def may_manage(actor: Principal) -> bool:
    """Whether the actor may change machines, closures and the bookings of others."""
    return actor is None or bool(actor.is_staff) or is_program(actor)


def may_change(actor: Principal, reservation: Owned) -> bool:
    if may_manage(actor):
        return True
    return actor is not None and actor.pk is not None and actor.pk == reservation.owner_id


def check_may_manage(actor: Principal) -> None:
    if not may_manage(actor):
        raise NotAllowed("not_allowed", _("Only staff may do this."))


def check_may_change(actor: Principal, reservation: Reservation) -> None:
    if not may_change(actor, reservation):
        raise NotAllowed("not_allowed", _("This booking belongs to somebody else."))


def check_may_book_for(actor: Principal, owner: User) -> None:
    if not may_manage(actor) and (actor is None or actor.pk != owner.pk):
        raise NotAllowed("not_allowed", _("Only staff may book for somebody else."), field="owner")


def check_may_charge(owner: User, project: Project | None) -> None:
    """Check that `owner` belongs to the project that the booking is charged to."""
    if project is not None and not project_ids_of(owner) & {project.pk}:
        raise NotAllowed("not_allowed", _("This person may not use this project."), field="project")


def project_ids_of(person: Any) -> set[int]:
    """Return the ids of the projects that a person owns or is a member of."""
    if getattr(person, "pk", None) is None:
        return set()
    projects = Project.objects.filter(Q(owners=person) | Q(members=person))
    return set(projects.order_by().values_list("pk", flat=True))


def visible_projects(viewer: Any) -> QuerySet[Project]:
    """Return the projects of the viewer, or all of them for a viewer who manages the farm."""
    projects = Project.objects.all()
    return projects if may_manage(viewer) else projects.filter(pk__in=project_ids_of(viewer))


class ViewerPermissions:
    """The permissions of one viewer on reservations.

    The policy FARM_NAMES says who may read the owner's name and the purpose: everyone, project (the members of the same
    project), or staff.
    """

    def __init__(self, viewer: Any) -> None:
        self.viewer = viewer
        # Asked once: request.user is a proxy, and a timeline asks for hundreds of bookings.
        self.viewer_id = None if viewer is None else viewer.pk
        self.manages = may_manage(viewer)
        self.policy = settings.FARM_NAMES
        self.sees_all_names = self.manages or self.policy == "everyone"

    @cached_property
    def projects(self) -> set[int]:
        """The ids of the viewer's projects. Most questions do not need them."""
        return project_ids_of(self.viewer)

    def is_mine(self, reservation: Owned) -> bool:
        return self.viewer_id is not None and reservation.owner_id == self.viewer_id

    def may_change(self, reservation: Owned) -> bool:
        return self.viewer is not None and (self.manages or self.is_mine(reservation))

    def is_of_my_project(self, reservation: Owned) -> bool:
        return reservation.project_id is not None and reservation.project_id in self.projects

    def sees_name(self, reservation: Owned) -> bool:
        """Whether the owner's name and the purpose may be shown.

        Otherwise they are absent, not replaced by a blank.
        """
        if self.sees_all_names or self.is_mine(reservation):
            return True
        return self.policy == "project" and self.is_of_my_project(reservation)

    def with_visible_names(self, reservations: QuerySet[Reservation]) -> QuerySet[Reservation]:
        """Keep the reservations with a name that the viewer may see.

        Use it before a filter by name, which would otherwise reveal hidden names.
        """
        if self.sees_all_names:
            return reservations
        visible = Q(owner=self.viewer.pk) if self.viewer is not None else Q(pk__in=[])
        if self.policy == "project":
            visible |= Q(project__in=self.projects)
        return reservations.filter(visible)
