"""What the farm shows on the home page (settings.HOME_CARDS): the person's next bookings; to staff, an alarm."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from farm.domain import capacity_check
from farm.models import Reservation
from farm.pages import capacity_faults
from farm.rules import wording

MOST = 4
MOST_FAULTS = 5


def topics(_request: HttpRequest) -> list[str]:
    """What these cards listen for besides the person."""
    return ["farm"]


def next_bookings(request: HttpRequest) -> SafeString:
    """Running and next ones, as a card that follows the person's changes."""
    now = timezone.now()
    upcoming = Reservation.objects.upcoming(request.user, now)
    rows = upcoming.prefetch_related("lines__machine").order_by("start", "pk")[:MOST]
    items = [
        {
            "reservation": row,
            "state": row.state_at(now),
            "lines": list(row.lines.all()),
            "when": wording.span(row.start, row.end),
        }
        for row in rows
    ]
    return render_to_string("farm/_home_card.html", {"items": items}, request=request)


def capacity_alarm(request: HttpRequest, *, asked: bool = False) -> SafeString | str:
    """For staff, when the last check of the farm found something or there has been none for too long; else "".

    `asked`: the card was on the page, and goes with a word that all is well.
    """
    if not request.user.is_staff:
        return ""
    alarm = capacity_check.current_alarm(timezone.now())
    if alarm is None and not asked:
        return ""
    check = alarm.check if alarm else capacity_check.last_check()
    found = [
        {**fault, "sentence": capacity_faults.sentence(fault), "when": capacity_faults.when(fault)}
        for fault in (check.faults if check else [])[:MOST_FAULTS]
    ]
    context = {"alarm": alarm, "check": check, "faults": found, "more": check.found - len(found) if check else 0}
    return render_to_string("farm/_capacity_alarm.html", context, request=request)
