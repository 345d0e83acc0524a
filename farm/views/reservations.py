"""One booking on a page of its own: what it is, what happened to it, and its forms for who may change it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from accounts.principals import person_of
from farm.domain import booking, undo
from farm.domain.no_capacity import NoCapacity
from farm.forms import lines
from farm.forms.booking import ChangeForm
from farm.models import Reservation
from farm.pages import booking_page, refusal_card
from farm.rules.permissions import may_change
from farm.views.responses import back, offer, refuse
from kernel.errors import Refused

CHANGED = _lazy("This booking was changed in the meantime: look at it again.")


def reservation(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _found(pk))


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Another span, other shares, machines or words. What the form does not send stays as it is."""
    found = _found(pk)
    if not may_change(person_of(request), found):
        raise PermissionDenied
    action = request.POST.get("action", "save")
    if action == "add" or action.startswith("remove-"):
        typed = lines.edited(lines.raw(request.POST), action)
        return _page(request, found, form=booking_page.form_of(found, timezone.now(), request.POST, rows=typed))
    if request.POST.get("version") not in (None, "", str(found.version)):
        return _tell(request, found, 409, CHANGED, stale=True)
    form = booking_page.bound_form(found, timezone.now(), request.POST)
    if not form.is_valid():
        return _tell(request, found, 400, booking_page.first_fault(form), form=form)
    return _change(request, found, form)


def _change(request: HttpRequest, found: Reservation, form: ChangeForm) -> HttpResponse:
    was, asked = undo.snapshot(found), booking_page.changes(form.cleaned_data, form.lines)
    try:
        changed = booking.change(actor=person_of(request), reservation_id=found.pk, version=found.version, **asked)
    except NoCapacity as refusal:
        if request.htmx:  # type: ignore[attr-defined]
            return refuse(request, refusal, found)
        return _page(
            request, found, status=409, form=form, refusal=refusal_card.of_change(request.user, refusal, found)
        )
    except Refused as refusal:
        place: Any = form.lines[0] if refusal.field in lines.FIELDS and form.lines else form
        place.add_error(refusal.field if refusal.field in place.fields else None, refusal.message)
        return _tell(request, found, refusal.status, refusal.message, form=form)
    offer(request, _("Changed: %(when)s.") % {"when": booking_page.when(changed)}, changed, was)
    return back(request, reverse("farm-reservation", args=[found.pk]))


def _tell(request: HttpRequest, found: Reservation, status: int, words: Any, **more: Any) -> HttpResponse:
    """What stands against it: on the page beside its form, or in a toast for a script, which has no form to show."""
    if request.htmx:  # type: ignore[attr-defined]
        messages.error(request, words)
        return back(request, status=status)
    return _page(request, found, status=status, **more)


def _found(pk: int) -> Reservation:
    rows = Reservation.objects.select_related("owner", "project").prefetch_related("lines__machine")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, found: Reservation, status: int = 200, **more: Any) -> HttpResponse:
    now: datetime = timezone.now()
    context = booking_page.read(request.user, found, now) | more
    if context["may_change"] and context["open"] and "form" not in more:
        context["form"] = booking_page.form_of(found, now)
    return render(request, "farm/reservation.html", context, status=status)
