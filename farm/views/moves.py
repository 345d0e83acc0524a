"""Moving a booking by a drag, a key or a button of its card.

A drag also asks on its way whether it fits.
"""

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
from farm.forms.move import FitForm, MoveForm, WindowForm, cleaned
from farm.models import Machine, Reservation
from farm.pages.booking_card import load_card
from farm.pages.fit_check import changed_allocations, check_fit, free_parts
from farm.queries.occupancy import part_of_memory
from farm.rules import permissions, wording
from farm.rules.limits import RequestedAllocation
from farm.views import responses
from kernel.errors import Refused


def card(request: HttpRequest, pk: int) -> HttpResponse:
    """The card of a booking, which a script shows beside its bar.

    `next` is the page that the bar is on.
    """
    reservation = get_object_or_404(Reservation.objects.select_related("owner", "project"), pk=pk)
    context = load_card(person_of(request), reservation, timezone.now()) | {"next": request.GET.get("next", "")}
    return render(request, "farm/_card.html", context)


@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a booking another time, machine or share.

    `version` is that of the booking that the person saw.
    """
    reservation = get_object_or_404(Reservation.objects.select_related("owner", "project"), pk=pk)
    was = undo.snapshot(reservation)
    try:
        data = cleaned(MoveForm(request.POST))
        start, end, allocations = data["start"] or was.start, data["end"] or was.end, _changed(was.allocations, data)
        after = booking.change(
            actor=person_of(request),
            reservation_id=pk,
            start=start,
            end=end,
            allocations=allocations or None,
            version=data["version"] or reservation.version,
        )
    except NoCapacity as refusal:
        return responses.render_refusal(request, refusal, reservation)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return responses.redirect_back(request, status=refusal.status)
    responses.add_undo_toast(request, _toast(was, after), after, was)
    return responses.redirect_back(request)


def fit(request: HttpRequest) -> HttpResponse:
    """JSON: whether it fits, in words, and when it would first fit.

    `booking` is the one that moves; it is left out of the count.
    """
    try:
        data = cleaned(FitForm(request.GET))
        reservation = get_reservation(data["booking"]) if data["booking"] else None
        allocations = _allocations_to_check(request, data, reservation)
        result = check_fit(allocations, data["start"], data["end"], timezone.now(), reservation)
    except Refused as refusal:
        return JsonResponse(refusal.as_json(), status=refusal.status)
    return JsonResponse(result._asdict())


def _allocations_to_check(
    request: HttpRequest, data: dict[str, Any], reservation: Reservation | None
) -> list[RequestedAllocation]:
    if reservation is None:
        memory_gb = data["memory_gb"]
        if memory_gb is None:  # absent: in proportion to the GPUs
            machine = Machine.objects.filter(pk=data["resource"]).first()
            memory_gb = part_of_memory(machine, data["gpus"] or 0) if machine else 0
        return [RequestedAllocation(data["resource"] or 0, data["gpus"] or 0, memory_gb)]
    permissions.check_may_change(person_of(request), reservation)
    return _changed(undo.snapshot(reservation).allocations, data)


def free(request: HttpRequest, pk: int) -> HttpResponse:
    """JSON: the free parts of a machine from `start` to `end`, for the arrow keys."""
    machine = get_object_or_404(Machine.objects.listed(), pk=pk)
    try:
        window = cleaned(WindowForm(request.GET))
    except Refused as refusal:
        return JsonResponse(refusal.as_json(), status=refusal.status)
    parts = free_parts(machine, window["start"], window["end"], timezone.now())
    return JsonResponse({"parts": [{"start": part.start, "end": part.end, "name": part.name} for part in parts]})


def _changed(current: list[RequestedAllocation], data: dict[str, Any]) -> list[RequestedAllocation]:
    return changed_allocations(
        current, of=data["line"], machine=data["resource"], gpus=data["gpus"], memory_gb=data["memory_gb"]
    )


def _toast(was: undo.ReservationSnapshot, after: Reservation) -> str:
    """Say whether the booking was moved, extended or shortened."""
    words = {"when": wording.span(after.start, after.end), "end": wording.day_and_clock(after.end)}
    if (
        after.start != was.start
        or after.end == was.end
        or sorted(undo.snapshot(after).allocations) != sorted(was.allocations)
    ):
        return _("Moved: %(when)s.") % words
    return (_("Extended to %(end)s.") if after.end > was.end else _("Shortened to %(end)s.")) % words
