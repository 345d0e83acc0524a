"""One booking on a page of its own, with what its owner can do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from farm import wording
from farm.models import Reservation
from farm.permissions import Sight, may_change
from farm.states import OPEN


def reservation(request: HttpRequest, pk: int) -> HttpResponse:
    """One booking: its card as a page, with what its owner can do."""
    found = get_object_or_404(Reservation.objects.select_related("owner", "project"), pk=pk)
    now = timezone.now()
    context = {
        "reservation": found,
        "lines": found.lines.select_related("resource"),
        "state": found.state_at(now),
        "sees_name": Sight(request.user).sees_name(found),
        "is_mine": found.owner_id == request.user.pk,
        "may_change": may_change(request.user, found),
        "length": wording.duration(found.duration),
        "changeable": OPEN,
    }
    return render(request, "farm/reservation.html", context)
