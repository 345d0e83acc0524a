"""What a page says after a step: a toast with its Undo, or the refusal; then back to where the person was.

A script (htmx) gets the toasts or the refusal as a fragment and stays on its page; else the next page has them.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from farm.domain import undo
from farm.domain.no_capacity import NoRoom
from farm.models import Reservation
from farm.models.states import OPEN
from farm.pages import refusal_card
from kernel.web.safe_redirect import is_safe_redirect


def offer(request: HttpRequest, words: str, after: Reservation, was: undo.Was | None) -> None:
    """A toast with Undo. `after` is the booking after the step, `was` what `undo.before` said (None: it was made)."""
    ticket = undo.ticket(request.user, after, was)
    messages.success(request, words, extra_tags=f"undo {reverse('farm-undo')} {ticket}")


def came_from(request: HttpRequest) -> str:
    """`next` of the form or of the address; "" where there is none, or it leads elsewhere."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    return target if is_safe_redirect(request, target) else ""


def back(request: HttpRequest, otherwise: str = "farm-mine", status: int = 200) -> HttpResponse:
    """To where the person was (`next`), else to the page of that name; a script gets the toasts, with `status`."""
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "_toast_list.html", {"here": came_from(request)}, status=status)
    return redirect(came_from(request) or otherwise)


def refuse(request: HttpRequest, refusal: NoRoom, reservation: Reservation) -> HttpResponse:
    """There is no room for this booking as it should be: what is missing, when, and what may be taken instead."""
    if not request.htmx:  # type: ignore[attr-defined]
        messages.error(request, refusal.message)
        return back(request)
    here, moves = came_from(request), reservation.state_at(timezone.now()) in OPEN
    if moves:
        card = refusal_card.of_change(request.user, refusal, reservation, here)
    else:  # it is over: an alternative is a booking of its own
        kept = {"purpose": reservation.purpose, "project": reservation.project_id or "", "next": here}
        card = refusal_card.card(request.user, refusal, reverse("farm-book"), kept)
    return render(request, "farm/_move_refused.html", {"refusal": card, "moves": moves}, status=refusal.status)
