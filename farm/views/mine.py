"""My bookings: running, next, past; and what can be done with each, as plain posts."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from farm import booking, cards, undo, wording
from farm.forms import LocalMoment
from farm.models import Reservation
from farm.states import State
from farm.views import answers
from kernel.errors import Refused

PAST = 30


def mine(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    own = Reservation.objects.filter(owner=request.user.pk).prefetch_related("lines__resource")
    ahead = [_item(row, now) for row in own.upcoming(request.user, now).order_by("start", "pk")]
    past = own.past(now).order_by("-end", "-pk")[:PAST]
    context = {
        "running": [item for item in ahead if item["state"] == State.ACTIVE],
        "next": [item for item in ahead if item["state"] != State.ACTIVE],
        "past": [_item(row, now) for row in past],
        "upcoming": len(ahead),
        "own_topic": f"person:{request.user.pk}",
    }
    return render(request, "farm/_mine.html" if request.htmx else "farm/mine.html", context)  # type: ignore[attr-defined]


def home_card(request: HttpRequest) -> HttpResponse:
    return HttpResponse(cards.next_bookings(request))


def _item(reservation: Reservation, now: Any) -> dict[str, Any]:
    lines = list(reservation.lines.all())
    used = min(max(now - reservation.start, now - now), reservation.duration)
    hours = reservation.duration.total_seconds() / 3600
    return {
        "reservation": reservation,
        "state": reservation.state_at(now),
        "machines": " + ".join(f"{row.resource.name} · {wording.share(row.gpus, row.memory_gb)}" for row in lines),
        "when": wording.span(reservation.start, reservation.end),
        "until": wording.day_and_clock(reservation.end),
        "used": _("%(used)s of %(all)s")
        % {"used": wording.duration(used), "all": wording.duration(reservation.duration)},
        "used_share": f"{100 * (used / reservation.duration):.1f}%",
        "gpu_hours": f"{sum(row.gpus for row in lines if row.held) * hours:.1f}".removesuffix(".0"),
    }


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
            end = LocalMoment().clean(request.POST.get("end", ""))
        except ValidationError as error:
            raise Refused("bad_date", error.messages[0], field="end") from None
        return booking.change(actor=request.user, reservation_id=row.pk, end=end, version=row.version)

    return _do(request, pk, act, _("The end was moved."))


def _do(request: HttpRequest, pk: int, act: Callable[[Reservation], Reservation], done: str) -> HttpResponse:
    """One verb, one toast with its Undo, and back to where the person was."""
    found = get_object_or_404(Reservation, pk=pk)
    was = undo.before(found)
    try:
        after = act(found)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return answers.back(request, status=refusal.status)
    answers.offer(request, done, after, was)
    return answers.back(request)
