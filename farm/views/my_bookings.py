"""The page "My bookings", and the buttons on it, which are plain POSTs."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.principals import person_of
from farm.domain import booking, undo
from farm.domain.lost_times import mark_seen
from farm.models import Reservation
from farm.pages import home_cards
from farm.pages.my_bookings import load_my_bookings
from farm.views import responses
from kernel.errors import Conflict, Refused
from kernel.exports.menu import export_links
from kernel.forms.local_datetime import LocalDateTimeField


def mine(request: HttpRequest) -> HttpResponse:
    """`?page=` is the page of past bookings, `?ahead=` that of running and coming ones."""
    person = person_of(request)
    context = load_my_bookings(person, timezone.now(), request.GET.get("page", ""), request.GET.get("ahead", ""))
    context["own_topic"] = f"person:{person.pk}"
    context["exports"] = [export_links(_("My bookings"), "farm-mine-file")]
    return render(request, "farm/_mine.html" if request.htmx else "farm/mine.html", context)  # type: ignore[attr-defined]


def home_card(request: HttpRequest) -> HttpResponse:
    return HttpResponse(home_cards.next_bookings(request))


def lost_times(request: HttpRequest) -> HttpResponse:
    return HttpResponse(home_cards.lost_times(request))


@require_POST
def dismiss_lost_time(request: HttpRequest, pk: int) -> HttpResponse:
    """Dismiss the notice of a booking's lost time."""
    mark_seen(person_of(request), pk)
    return responses.redirect_back(request, "home")


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    def cancel_booking(reservation: Reservation) -> Reservation:
        return booking.cancel(actor=person_of(request), reservation_id=reservation.pk, version=reservation.version)

    return _change(request, pk, cancel_booking, _("Cancelled."))


@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    def give_booking_back(reservation: Reservation) -> Reservation:
        return booking.give_back(actor=person_of(request), reservation_id=reservation.pk, version=reservation.version)

    return _change(request, pk, give_booking_back, _("Given back. The rest is free for others."))


@require_POST
def move_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Extend or shorten: `end` is the new end, in the reader's zone."""

    def move_end_of_booking(reservation: Reservation) -> Reservation:
        try:
            end = LocalDateTimeField().clean(request.POST.get("end", ""))
        except ValidationError as error:
            raise Refused("bad_date", error.messages[0], field="end") from None
        return booking.change(
            actor=person_of(request), reservation_id=reservation.pk, end=end, version=reservation.version
        )

    return _change(request, pk, move_end_of_booking, _("The end was moved."))


def _change(request: HttpRequest, pk: int, command: Callable[[Reservation], Reservation], toast: str) -> HttpResponse:
    """Call the command and go back to where the person was, with a toast and its Undo.

    `version` is that of the booking that the person saw; a booking that was changed since is left as it is.
    """
    reservation = get_object_or_404(Reservation, pk=pk)
    seen_version = request.POST.get("version", "")
    was = undo.snapshot(reservation)
    try:
        if seen_version not in ("", str(reservation.version)):
            raise Conflict("changed_meanwhile", _("This booking was changed in the meantime: look at it again."))
        after = command(reservation)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return responses.redirect_back(request, status=refusal.status)
    responses.add_undo_toast(request, toast, after, was)
    return responses.redirect_back(request)
