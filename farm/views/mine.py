"""My bookings; and what can be done with each, as plain posts."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from farm import booking, cards, my_bookings
from farm.forms import LocalMoment
from farm.models import Reservation
from kernel.errors import Refused


def mine(request: HttpRequest) -> HttpResponse:
    """`?page=` is the page of the past ones."""
    context = my_bookings.read(request.user, timezone.now(), request.GET.get("page", ""))
    context["own_topic"] = f"person:{request.user.pk}"
    return render(request, "farm/_mine.html" if request.htmx else "farm/mine.html", context)  # type: ignore[attr-defined]


def home_card(request: HttpRequest) -> HttpResponse:
    return HttpResponse(cards.next_bookings(request))


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, pk, lambda row: booking.cancel(actor=request.user, reservation_id=row.pk), _("Cancelled."))


@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    words = _("Given back. The rest is free for others.")
    return _do(request, pk, lambda row: booking.give_back(actor=request.user, reservation_id=row.pk), words)


@require_POST
def move_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Extend or shorten: `end` is the new one, in the reader's zone."""

    def act(row: Reservation) -> None:
        try:
            end = LocalMoment().clean(request.POST.get("end", ""))
        except ValidationError as error:
            raise Refused("bad_date", error.messages[0], field="end") from None
        booking.change(actor=request.user, reservation_id=row.pk, end=end)

    return _do(request, pk, act, _("The end was moved."))


def _do(request: HttpRequest, pk: int, act: Callable[[Reservation], Any], done: str) -> HttpResponse:
    """One verb, one toast, and back to where the person was."""
    found = get_object_or_404(Reservation, pk=pk)
    try:
        act(found)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}):
        return redirect(target)
    return redirect("farm-mine")
