"""The farm's cards on the home page (settings.HOME_CARDS).

They are the person's next bookings, their lost times, and an alarm for staff.
"""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.principals import person_of
from farm.domain import capacity_check
from farm.models import Reservation
from farm.pages import capacity_faults
from farm.pages.lost_times import load_notices
from farm.rules import wording

MOST = 4
MOST_FAULTS = 5


def topics(_request: HttpRequest) -> list[str]:
    """Return the live topics that these cards follow besides the person's own."""
    return ["farm"]


def next_bookings(request: HttpRequest) -> SafeString:
    """Render the card of running and next bookings.

    It is fetched again when one of them changes.
    """
    now = timezone.now()
    upcoming = Reservation.objects.upcoming(request.user, now)
    reservations = upcoming.prefetch_related("lines__machine").order_by("start", "pk")[:MOST]
    items = [
        {
            "reservation": reservation,
            "state": reservation.state_at(now),
            "allocations": list(reservation.lines.all()),
            "when": wording.span(reservation.start, reservation.end),
        }
        for reservation in reservations
    ]
    return render_to_string("farm/_home_card.html", {"items": items}, request=request)


def lost_times(request: HttpRequest) -> SafeString:
    """Render the lost times of the person's bookings, with alternatives.

    Without any it is an empty element, which is fetched again when a booking of the person changes.
    """
    notices = load_notices(person_of(request), timezone.now())
    return render_to_string("farm/_lost_times.html", {"notices": notices}, request=request)


def capacity_alarm(request: HttpRequest, *, even_if_all_is_well: bool = False) -> SafeString | str:
    """Render the alarm for staff: a fault was found, or the last check is too long ago.

    Returns "" for others, and where all is well. `even_if_all_is_well` renders the card then too: it is on the page
    already, and says so.
    """
    if not request.user.is_staff:
        return ""
    alarm = capacity_check.current_alarm(timezone.now())
    if alarm is None and not even_if_all_is_well:
        return ""
    check = alarm.check if alarm else capacity_check.last_check()
    faults = [
        {**fault, "sentence": capacity_faults.sentence(fault), "when": capacity_faults.when(fault)}
        for fault in (check.faults if check else [])[:MOST_FAULTS]
    ]
    context = {"alarm": alarm, "check": check, "faults": faults, "more": check.found - len(faults) if check else 0}
    return render_to_string("farm/_capacity_alarm.html", context, request=request)
