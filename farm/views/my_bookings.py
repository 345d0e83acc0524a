"""My bookings; and what can be done with each, as plain posts."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from farm.domain import booking, undo
from farm.models import Reservation
from farm.pages import home_cards, my_bookings
from farm.views import responses
from kernel.errors import Conflict, Refused
from kernel.forms.local_datetime import LocalDateTimeField


def mine(request: HttpRequest) -> HttpResponse:
    """`?page=` is the page of the past ones, `?ahead=` of the running and coming ones."""
    page, ahead = request.GET.get("page", ""), request.GET.get("ahead", "")
    context = my_bookings.read(request.user, timezone.now(), page, ahead)
    context["own_topic"] = f"person:{request.user.pk}"
    return render(request, "farm/_mine.html" if request.htmx else "farm/mine.html", context)  # type: ignore[attr-defined]


def home_card(request: HttpRequest) -> HttpResponse:
    return HttpResponse(home_cards.next_bookings(request))


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:

    def act(row: Reservation) -> Reservation:
        return booking.cancel(actor=request.user, reservation_id=row.pk, version=row.version)

    return _do(request, pk, act, _("Cancelled."))


@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:

    def act(row: Reservation) -> Reservation:
        return booking.give_back(actor=request.user, reservation_id=row.pk, version=row.version)

    return _do(request, pk, act, _("Given back. The rest is free for others."))


@require_POST
def move_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Extend or shorten: `end` is the new one, in the reader's zone."""

    def act(row: Reservation) -> Reservation:
        try:
            end = LocalDateTimeField().clean(request.POST.get("end", ""))
        except ValidationError as error:
            raise Refused("bad_date", error.messages[0], field="end") from None
        return booking.change(actor=request.user, reservation_id=row.pk, end=end, version=row.version)

    return _do(request, pk, act, _("The end was moved."))


def _do(request: HttpRequest, pk: int, act: Callable[[Reservation], Reservation], done: str) -> HttpResponse:
    """One verb, one toast with its Undo, and back to where the person was. `version` is the one that was seen."""
    found = get_object_or_404(Reservation, pk=pk)
    seen = request.POST.get("version", "")
    was = undo.before(found)
    try:
        if seen not in ("", str(found.version)):
            raise Conflict("changed_meanwhile", _("This booking was changed in the meantime: look at it again."))
        after = act(found)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return responses.back(request, status=refusal.status)
    responses.offer(request, done, after, was)
    return responses.back(request)
