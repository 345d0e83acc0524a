"""Moving a booking: by a drag, by a key, by a button of its card; and the questions that a drag asks on its way."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.principals import person_of
from farm.domain import booking, undo
from farm.domain.no_capacity import NoCapacity
from farm.domain.reservation_rows import get_reservation
from farm.forms.move import FitForm, MoveForm, WindowForm, read
from farm.models import Machine, Reservation
from farm.pages import booking_card, drag_check
from farm.rules import permissions, wording
from farm.rules.limits import RequestedAllocation
from farm.views import responses
from kernel.errors import Refused


def card(request: HttpRequest, pk: int) -> HttpResponse:
    """The card of a booking, for a script to show beside its bar; `next` is the page it is shown on."""
    found = get_object_or_404(Reservation.objects.select_related("owner", "project"), pk=pk)
    context = booking_card.read(request.user, found, timezone.now()) | {"next": request.GET.get("next", "")}
    return render(request, "farm/_card.html", context)


@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Another time, machine or share; `version` is the one that was seen."""
    found = get_object_or_404(Reservation.objects.select_related("owner", "project"), pk=pk)
    was = undo.snapshot(found)
    try:
        asked = read(MoveForm(request.POST))
        start, end, lines = asked["start"] or was.start, asked["end"] or was.end, _lines(was.allocations, asked)
        version = asked["version"] or found.version
        after = booking.change(
            actor=person_of(request),
            reservation_id=pk,
            start=start,
            end=end,
            allocations=lines or None,
            version=version,
        )
    except NoCapacity as refusal:
        return responses.refuse(request, refusal, found)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return responses.back(request, status=refusal.status)
    responses.offer(request, _words(was, after), after, was)
    return responses.back(request)


def fit(request: HttpRequest) -> HttpResponse:
    """JSON: does it fit, in words, and when it first would; `booking` is the one that moves, left out of the count."""
    now = timezone.now()
    try:
        asked = read(FitForm(request.GET))
        reservation = get_reservation(asked["booking"]) if asked["booking"] else None
        lines = _asked_lines(request, asked, reservation)
        answer = drag_check.judge(lines, asked["start"], asked["end"], now, reservation)
    except Refused as refusal:
        return JsonResponse(refusal.as_json(), status=refusal.status)
    return JsonResponse(answer._asdict())


def _asked_lines(
    request: HttpRequest, asked: dict[str, Any], reservation: Reservation | None
) -> list[RequestedAllocation]:
    if reservation is None:
        return [RequestedAllocation(asked["resource"] or 0, asked["gpus"] or 0, asked["memory_gb"] or 0)]
    permissions.check_may_change(person_of(request), reservation)
    return _lines(undo.snapshot(reservation).allocations, asked)


def free(request: HttpRequest, pk: int) -> HttpResponse:
    """JSON: the free parts of a machine from `start` to `end`, for the keys to go to."""
    machine = get_object_or_404(Machine.objects.listed(), pk=pk)
    try:
        window = read(WindowForm(request.GET))
    except Refused as refusal:
        return JsonResponse(refusal.as_json(), status=refusal.status)
    parts = drag_check.free_parts(machine, window["start"], window["end"], timezone.now())
    return JsonResponse({"parts": [{"start": row.start, "end": row.end, "name": row.name} for row in parts]})


def _lines(had: list[RequestedAllocation], asked: dict[str, Any]) -> list[RequestedAllocation]:
    return drag_check.edited(
        had, of=asked["line"], machine=asked["resource"], gpus=asked["gpus"], memory_gb=asked["memory_gb"]
    )


def _words(was: undo.ReservationSnapshot, after: Reservation) -> str:
    """What the toast says: which of the three it was."""
    when = {"when": wording.span(after.start, after.end), "end": wording.day_and_clock(after.end)}
    if (
        after.start != was.start
        or after.end == was.end
        or sorted(undo.snapshot(after).allocations) != sorted(was.allocations)
    ):
        return _("Moved: %(when)s.") % when
    return (_("Extended to %(end)s.") if after.end > was.end else _("Shortened to %(end)s.")) % when
