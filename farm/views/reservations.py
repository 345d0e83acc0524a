"""The page of one booking: what it is, its history, and its forms for who may change it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.principals import person_of
from farm.domain import booking, undo
from farm.domain.no_capacity import NoCapacity
from farm.forms.allocations import FIELDS, edited_rows, typed_rows
from farm.forms.booking import ChangeForm
from farm.models import Reservation
from farm.models.states import OPEN
from farm.pages import booking_page
from farm.pages.refusal_card import card_of_change
from farm.rules.permissions import may_change
from farm.views.responses import add_undo_toast, redirect_back, render_refusal
from kernel.errors import Refused
from kernel.forms.local_datetime import clock_change_notes

CHANGED = gettext_lazy("This booking was changed in the meantime: look at it again.")


def reservation(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _get(pk))


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change span, shares, machines or purpose. What the form does not send stays as it is."""
    reservation = _get(pk)
    if not may_change(person_of(request), reservation):
        raise PermissionDenied
    action = request.POST.get("action", "save")
    if action == "add" or action.startswith("remove-"):
        rows = edited_rows(typed_rows(request.POST), action)
        form = booking_page.change_form(reservation, timezone.now(), request.POST, rows=rows)
        return _page(request, reservation, form=form)
    if request.POST.get("version") not in (None, "", str(reservation.version)):
        return _show_error(request, reservation, 409, CHANGED, stale=True, **_form_as_typed(request, reservation))
    form = booking_page.bound_change_form(reservation, timezone.now(), request.POST)
    if not form.is_valid():
        return _show_error(request, reservation, 400, booking_page.first_error(form), form=form)
    return _change(request, reservation, form)


def _form_as_typed(request: HttpRequest, reservation: Reservation) -> dict[str, ChangeForm]:
    """Return the form with the values typed for an older version, to be sent again for the present version."""
    now = timezone.now()
    if reservation.state_at(now) not in OPEN:
        return {}
    typed = {name: value for name, value in request.POST.items() if name != "version"}
    rows = typed_rows(typed) if "resource" in typed or "gpus" in typed else []
    return {"form": booking_page.change_form(reservation, now, typed, rows=rows)}


def _change(request: HttpRequest, reservation: Reservation, form: ChangeForm) -> HttpResponse:
    actor = person_of(request)
    was, changes = undo.snapshot(reservation), booking_page.changes(form.cleaned_data, form.allocation_forms)
    try:
        after = booking.change(actor=actor, reservation_id=reservation.pk, version=reservation.version, **changes)
    except NoCapacity as refusal:
        if request.htmx:  # type: ignore[attr-defined]
            return render_refusal(request, refusal, reservation)
        card = card_of_change(actor, refusal, reservation)
        return _page(request, reservation, status=409, form=form, refusal=card)
    except Refused as refusal:
        at_machine = refusal.field in FIELDS and form.allocation_forms
        form_at_fault: Any = form.allocation_forms[0] if at_machine else form
        form_at_fault.add_error(refusal.field if refusal.field in form_at_fault.fields else None, refusal.message)
        return _show_error(request, reservation, refusal.status, refusal.message, form=form)
    for note in clock_change_notes(form):
        messages.info(request, note)
    add_undo_toast(request, _("Changed: %(when)s.") % {"when": booking_page.span_in_words(after)}, after, was)
    return redirect_back(request, reverse("farm-reservation", args=[reservation.pk]))


def _show_error(
    request: HttpRequest, reservation: Reservation, status: int, message: Any, **context: Any
) -> HttpResponse:
    """Show an error on the page beside its form.

    A script (htmx) has no form to show: it gets a toast instead.
    """
    if request.htmx:  # type: ignore[attr-defined]
        messages.error(request, message)
        return redirect_back(request, status=status)
    return _page(request, reservation, status=status, **context)


def _get(pk: int) -> Reservation:
    rows = Reservation.objects.select_related("owner", "project").prefetch_related("lines__machine")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, reservation: Reservation, status: int = 200, **extra: Any) -> HttpResponse:
    now = timezone.now()
    context = booking_page.load_page(person_of(request), reservation, now) | extra
    if context["may_change"] and context["open"] and "form" not in extra:
        context["form"] = booking_page.change_form(reservation, now)
    return render(request, "farm/reservation.html", context, status=status)
