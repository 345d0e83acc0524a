"""The holdings of a person in the farm, for closing their account (settings.ACCOUNT_HOLDINGS)."""

from datetime import datetime

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.holdings import HeldThing, Holding
from accounts.models import User
from accounts.principals import Principal
from farm.domain import booking, projects
from farm.domain.locks import holder_ids, lock
from farm.domain.transfer import transfer
from farm.models import Allocation, Project, Reservation
from farm.models.states import OPEN
from farm.rules import wording

CANCEL, TRANSFER, LEAVE = "cancel", "transfer", "leave"


def holdings(person: User) -> list[Holding]:
    """Return the bookings that run or lie ahead, and the projects that nobody else owns. Four queries."""
    now = timezone.now()
    return [
        Holding(
            "farm.bookings",
            _("Coming bookings"),
            _("These bookings"),
            [_booking(reservation, now) for reservation in _open_reservations(person, now)],
            {CANCEL: _("Cancel them; what runs now is given back"), TRANSFER: _("Hand them over to somebody")},
            _settle_bookings,
            frozenset({TRANSFER}),
        ),
        Holding(
            "farm.projects",
            _("Projects that nobody else owns"),
            _("These projects"),
            [HeldThing(project.name) for project in _sole_projects(person)],
            {
                LEAVE: _("Leave them: staff can change them"),
                TRANSFER: _("Hand them over to somebody, who becomes an owner too"),
            },
            _settle_projects,
            frozenset({TRANSFER}),
        ),
    ]


def _open_reservations(person: User, now: datetime) -> list[Reservation]:
    rows = Reservation.objects.upcoming(person, now).prefetch_related("lines__machine").order_by("start", "pk")
    return [reservation for reservation in rows if reservation.state_at(now) in OPEN]


def _booking(reservation: Reservation, now: datetime) -> HeldThing:
    machines = ", ".join(line.machine.name for line in reservation.lines.all())
    facts = [str(reservation.state_at(now).label), reservation.purpose]
    return HeldThing(
        f"{wording.span(reservation.start, reservation.end)}{': ' if machines else ''}{machines}",
        " · ".join(filter(None, facts)),
        reverse("farm-reservation", args=[reservation.pk]),
    )


def _settle_bookings(actor: Principal, person: User, way: str, heir: User | None) -> None:
    """Cancel or hand over every open reservation. All their rows are locked first, in the order of every command."""
    reservations = _open_reservations(person, timezone.now())
    owned = {reservation.project for reservation in reservations if reservation.project}
    machines = Allocation.objects.filter(reservation__in=reservations).values_list("machine_id", flat=True)
    lock(holder_ids(person, heir, *owned), set(machines))
    for reservation in reservations:
        if way == TRANSFER and heir:
            transfer(actor=actor, reservation_id=reservation.pk, owner=heir)
        else:
            booking.end_early(actor=actor, reservation_id=reservation.pk)


def _sole_projects(person: User) -> list[Project]:
    alone = Project.objects.annotate(count=Count("owners")).filter(count=1)
    return list(Project.objects.filter(owners=person, pk__in=alone.values("pk")).order_by("name"))


def _settle_projects(actor: Principal, person: User, way: str, heir: User | None) -> None:
    if way != TRANSFER or heir is None:
        return
    for project in _sole_projects(person):
        projects.save_project(
            actor=actor,
            project=project,
            name=project.name,
            owners=[*project.owners.all(), heir],
            members=project.members.all(),
        )
