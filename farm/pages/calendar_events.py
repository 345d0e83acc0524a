"""The bookings of a person as events of a calendar (settings.CALENDAR_PARTS)."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from calendars.events import Event, Window
from farm.models import Reservation
from farm.models.overlap import in_states
from farm.models.states import KEPT, State
from farm.rules import wording
from farm.rules.permissions import ViewerPermissions

SHOWN = KEPT - {State.DRAFT}


def own_bookings(person: User, window: Window) -> list[Event]:
    """Return the events of a person's own bookings, in three queries.

    A booking that was cancelled, refused or displaced is absent. Then the calendar shows it as cancelled.
    """
    rows = Reservation.objects.filter(in_states(SHOWN), owner=person.pk).overlapping(window.start, window.end)
    viewer = ViewerPermissions(person)
    return [booking_event(row, viewer) for row in rows.prefetch_related("lines__machine").order_by("start", "pk")]


def booking_event(reservation: Reservation, viewer: ViewerPermissions) -> Event:
    """Return the event of one booking, with what this viewer may see of it.

    Reads `lines` and their machines, and the owner and the project of a booking of somebody else.
    """
    sees_name = viewer.sees_name(reservation)
    lines = list(reservation.lines.all())
    facts = [f"{line.machine.shown_name}, {wording.share(line.gpus, line.memory_gb)}" for line in lines]
    if sees_name and not viewer.is_mine(reservation):
        facts.append(_("Booked by %(name)s") % {"name": reservation.owner.display_name})
        if reservation.project:
            facts.append(reservation.project.name)
    return Event(
        key=f"reservation-{reservation.pk}",
        title=(reservation.purpose if sees_name else "") or _("Booking %(id)s") % {"id": reservation.pk},
        start=reservation.start,
        end=reservation.end,
        description="\n".join(facts),
        place=", ".join(line.machine.shown_name for line in lines),
        path=reverse("farm-reservation", args=[reservation.pk]),
        is_tentative=reservation.state == State.PENDING,
        revision=reservation.version - 1,
    )
