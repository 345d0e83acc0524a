"""What the farm shows on the home page (settings.HOME_CARDS): the person's next bookings."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from farm.models import Reservation

MOST = 4


def next_bookings(request: HttpRequest) -> SafeString:
    """Running and next ones, as a card that follows the person's changes."""
    now = timezone.now()
    upcoming = Reservation.objects.upcoming(request.user, now)
    rows = upcoming.prefetch_related("lines__resource").order_by("start", "pk")[:MOST]
    items = [{"reservation": row, "state": row.state_at(now), "lines": list(row.lines.all())} for row in rows]
    return render_to_string("farm/_home_card.html", {"items": items}, request=request)
