"""What a page says after a step: a toast with its Undo, or the refusal; then back to where the person was.

A script (htmx) gets the toasts or the refusal as a fragment and stays on its page; else the next page has them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from farm import refused, undo
from farm.models import Reservation
from farm.refusals import NoRoom
from farm.rules import Line
from farm.states import OPEN, State


def offer(request: HttpRequest, words: str, after: Reservation, was: undo.Was | None) -> None:
    """A toast with Undo. `after` is the booking after the step, `was` what `undo.before` said (None: it was made)."""
    ticket = undo.ticket(request.user, after, was)
    messages.success(request, words, extra_tags=f"undo {reverse('farm-undo')} {ticket}")


def came_from(request: HttpRequest) -> str:
    """`next` of the form or of the address; "" where there is none, or it leads elsewhere."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else ""


def back(request: HttpRequest, otherwise: str = "farm-mine", status: int = 200) -> HttpResponse:
    """To where the person was (`next`), else to the page of that name; a script gets the toasts, with `status`."""
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "_toast_list.html", {"here": came_from(request)}, status=status)
    return redirect(came_from(request) or otherwise)


def refuse(
    request: HttpRequest,
    refusal: NoRoom,
    reservation: Reservation,
    start: datetime,
    end: datetime,
    lines: Sequence[Line],
) -> HttpResponse:
    """There is no room for this booking as it should be: what is missing, when, and what may be taken instead."""
    if not request.htmx:  # type: ignore[attr-defined]
        messages.error(request, refusal.message)
        return back(request)
    short = next(line for line in lines if line.resource_id == refusal.missing[0].resource.pk)
    asked = {"start": start, "end": end, "gpus": short.gpus, "memory_gb": short.memory_gb}
    asked |= {"purpose": reservation.purpose, "project": reservation.project}
    card = refused.card(request.user, refusal, asked)
    state = reservation.state_at(timezone.now())
    moves = state in OPEN
    for way in card["alternatives"]:
        way["values"] = _taking(dict(way["values"]), reservation, lines, short, state) if moves else way["values"]
    take = reverse("farm-move", args=[reservation.pk]) if moves else reverse("farm-book")
    context = {"refusal": card, "take": take, "moves": moves, "next": came_from(request)}
    return render(request, "farm/_move_refused.html", context, status=refusal.status)


def _taking(
    values: dict[str, Any], reservation: Reservation, lines: Sequence[Line], short: Line, state: State
) -> list[tuple[str, Any]]:
    """What a button posts to take an alternative: of a running booking the end alone."""
    names = ["end"] if state == State.ACTIVE else ["start", "end", "resource", "gpus", "memory_gb"]
    kept = [(name, values[name]) for name in names]
    if len(lines) > 1 and state != State.ACTIVE:
        kept.append(("line", short.resource_id))
    return [*kept, ("version", reservation.version)]
