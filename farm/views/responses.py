"""The answer after a command: a toast with its Undo, or the refusal.

The person goes back to the page they came from, which shows the toasts. A script (htmx) gets the toasts or the refusal
as a fragment and stays on its page.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.principals import person_of
from farm.domain import undo
from farm.domain.no_capacity import NoCapacity
from farm.models import Reservation
from farm.models.states import OPEN
from farm.pages.booking_page import rebooking_fields
from farm.pages.refusal_card import card_of_booking, card_of_change
from kernel.web.safe_redirect import is_safe_redirect


def add_undo_toast(request: HttpRequest, words: str, after: Reservation, was: undo.ReservationSnapshot | None) -> None:
    """Add a toast with Undo.

    `after` is the booking after the command, `was` what `undo.snapshot` returned before it (None for a new booking).
    """
    ticket = undo.make_ticket(person_of(request), after, was)
    messages.success(request, words, extra_tags=f"undo {reverse('farm-undo')} {ticket}")


def next_page(request: HttpRequest) -> str:
    """Return `next` of the form or of the address.

    "" where there is none, or it leads to another site.
    """
    target = request.POST.get("next") or request.GET.get("next") or ""
    return target if is_safe_redirect(request, target) else ""


def redirect_back(
    request: HttpRequest, otherwise: str = "farm-mine", status: int = 200, *, skip_next: bool = False
) -> HttpResponse:
    """Redirect to `next`, without one (or with `skip_next`) to the page of that name.

    A script gets the toasts instead, with `status`.
    """
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "_toast_list.html", {"here": next_page(request)}, status=status)
    return redirect(otherwise if skip_next else next_page(request) or otherwise)


def render_refusal(request: HttpRequest, refusal: NoCapacity, reservation: Reservation) -> HttpResponse:
    """Answer a change that was refused because capacity is missing, with alternatives.

    Without a script, the next page has a toast with the message alone.
    """
    if not request.htmx:  # type: ignore[attr-defined]
        messages.error(request, refusal.message)
        return redirect_back(request)
    viewer, next_address = person_of(request), next_page(request)
    is_open = reservation.state_at(timezone.now()) in OPEN
    if is_open:
        card = card_of_change(viewer, refusal, reservation, next_address)
    else:  # it is over: an alternative is a new booking
        fields = rebooking_fields(reservation) | {"next": next_address}
        card = card_of_booking(viewer, refusal, reverse("farm-book"), fields)
    return render(request, "farm/_move_refused.html", {"refusal": card, "moves": is_open}, status=refusal.status)
