"""The booking form.

A refused booking keeps what was typed and shows alternatives that fit.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.principals import person_of
from farm.domain import book_any
from farm.domain.lost_times import mark_seen
from farm.domain.no_capacity import NoCapacity
from farm.domain.sent_once import SentForm, make_once, new_key
from farm.forms.allocations import FIELDS, MOST_MACHINES, edited_rows
from farm.forms.booking import BookingForm
from farm.models import Machine, Reservation
from farm.pages import booking_form_values
from farm.pages.booking_form_values import FormValues
from farm.pages.booking_preview import preview_of
from farm.pages.refusal_card import card_of_booking
from farm.rules import limits, wording
from farm.views.responses import add_undo_toast, next_page, redirect_back
from kernel.errors import Refused
from kernel.forms.local_datetime import clock_change_notes
from kernel.web.query_string import ID_DIGITS, whole_number


def book(request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST does what its `action` says.

    `book` (the default), `preview`, `earliest`, `add` or `remove-2` (the third machine).
    """
    machines = list(Machine.objects.bookable())
    action = request.POST.get("action", "book")
    if request.method != "POST":
        values = booking_form_values.values_from_query(request.GET, person_of(request), machines)
        return _unbound_page(request, machines, values)
    if action == "add" or action.startswith("remove-"):
        typed = booking_form_values.values_as_typed(request.POST)
        return _unbound_page(request, machines, typed._replace(rows=edited_rows(typed.rows, action)))
    form = BookingForm(
        request.POST, person=person_of(request), machines=machines, preview_only=action in ("preview", "earliest")
    )
    if not form.is_valid():
        return _bound_page(request, machines, form, 400)
    if action == "preview":
        return _bound_page(request, machines, form)
    if action == "earliest":
        return _earliest(request, machines, form)
    return _book(request, machines, form)


def show_preview(request: HttpRequest) -> HttpResponse:
    """The preview of a form's values; fetched while the form is filled in."""
    machines = list(Machine.objects.bookable())
    preview = preview_of(person_of(request), request.GET, machines, timezone.now())
    return render(request, "farm/_preview.html", {"preview": preview})


def _book(request: HttpRequest, machines: list[Machine], form: BookingForm) -> HttpResponse:
    try:
        reservation, existed = _call_command(request, form)
    except NoCapacity as refusal:
        card = card_of_booking(person_of(request), refusal, reverse("farm-book"), _fields_to_keep(request, form))
        return _bound_page(request, machines, form, 409, refusal=card)
    except Refused as refusal:
        form_at_fault = form.allocation_forms[0] if refusal.field in FIELDS else form
        form_at_fault.add_error(refusal.field if refusal.field in form_at_fault.fields else None, refusal.message)
        return _bound_page(request, machines, form, refusal.status)
    if existed:
        messages.info(request, _("This booking exists already. Nothing was booked twice."))
        return redirect_back(request, reverse("farm-reservation", args=[reservation.pk]), skip_next=True)
    if lost := whole_number(request.POST.get("lost", ""), ID_DIGITS):  # this booking replaces lost time
        mark_seen(person_of(request), lost)
    for note in clock_change_notes(form):
        messages.info(request, note)
    add_undo_toast(request, _toast(reservation, form), reservation, None)
    return redirect_back(request)


def _call_command(request: HttpRequest, form: BookingForm) -> tuple[Reservation, bool]:
    """Book. Return the booking, and whether the same form had booked it before."""
    data, actor = form.cleaned_data, person_of(request)
    sent = SentForm(actor, request.POST.get("key", ""), request.POST.dict())
    return make_once(
        sent,
        _booking_that_counts,
        lambda also: book_any.book(
            actor=actor,
            owner=data.get("owner") or actor,
            machine_requests=[row.machine_request for row in form.allocation_forms],
            start=data["start"],
            end=data["end"],
            purpose=data["purpose"],
            project=data["project"],
            also=also,
        ),
    )


def _toast(reservation: Reservation, form: BookingForm) -> str:
    """Say when it was booked, and on which machines where the farm chose one."""
    words = {"when": wording.span(reservation.start, reservation.end)}
    if all(row.machine_request.machine for row in form.allocation_forms):
        return _("Booked: %(when)s.") % words
    lines = reservation.lines.select_related("machine").order_by("machine__name")
    words["machines"] = ", ".join(line.machine.shown_name for line in lines)
    return _("Booked on %(machines)s: %(when)s.") % words


def _booking_that_counts(pk: int) -> Reservation | None:
    """Return the booking; None when it was cancelled or displaced, because the form may then book again."""
    return Reservation.objects.kept(timezone.now()).filter(pk=pk).first()


def _fields_to_keep(request: HttpRequest, form: BookingForm) -> dict[str, Any]:
    """Return the fields that an alternative takes over from the form."""
    names = ("purpose", "project", "owner")
    return {name: form.data.get(name, "") for name in names if name in form.fields} | {"next": next_page(request)}


def _earliest(request: HttpRequest, machines: list[Machine], form: BookingForm) -> HttpResponse:
    """The form filled with the earliest slot that fits, on the chosen machines or on any."""
    data = form.cleaned_data
    machine_requests = [row.machine_request for row in form.allocation_forms]
    slot = booking_form_values.earliest_slot(machine_requests, data["end"] - data["start"])
    if slot is None:
        form.allocation_forms[0].add_error("resource", _("Nothing fits in the next 30 days."))
        return _bound_page(request, machines, form, 409)
    typed = booking_form_values.values_as_typed(request.POST)
    return _unbound_page(request, machines, booking_form_values.with_slot(typed, slot))


def _unbound_page(request: HttpRequest, machines: list[Machine], values: FormValues) -> HttpResponse:
    """The page with these values in the form, not validated yet."""
    form = BookingForm(person=person_of(request), machines=machines, rows=values.rows, initial=values.values)
    preview = preview_of(person_of(request), values.as_data(), machines, timezone.now())
    return _render(request, form, 200, preview=preview, slot=values.slot)


def _bound_page(
    request: HttpRequest, machines: list[Machine], form: BookingForm, status: int = 200, **context: Any
) -> HttpResponse:
    """The page with the form as it was sent and its errors.

    Where `context` has a `refusal`, the page has no preview.
    """
    preview = None if "refusal" in context else preview_of(person_of(request), form.data, machines, timezone.now())
    return _render(request, form, status, preview=preview, **context)


def _render(request: HttpRequest, form: BookingForm, status: int, **context: Any) -> HttpResponse:
    context |= {
        "form": form,
        "max_days": limits.max_span().days,
        "next": next_page(request),
        "key": request.POST.get("key") or new_key(),
        "may_add": len(form.allocation_forms) < MOST_MACHINES,
    }
    return render(request, "farm/book.html", context, status=status)
