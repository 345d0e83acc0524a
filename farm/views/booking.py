"""The booking form: asks once, answers once; a refusal keeps the answers and offers what fits."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from farm.domain import book_any
from farm.domain.no_capacity import NoCapacity
from farm.forms import lines
from farm.forms.booking import BookingForm
from farm.models import Machine, Reservation
from farm.pages import form_defaults, form_preview, refusal_card
from farm.rules import limits, wording
from farm.views.responses import back, came_from, offer
from kernel.errors import Refused


def book(request: HttpRequest) -> HttpResponse:
    machines = list(Machine.objects.bookable())
    action = request.POST.get("action", "book")
    if request.method != "POST":
        return _page(request, machines, form_defaults.asked(request.GET, request.user, machines))
    if action == "add" or action.startswith("remove-"):
        typed = form_defaults.typed(request.POST)
        return _page(request, machines, typed._replace(lines=lines.edited(typed.lines, action)))
    form = BookingForm(
        request.POST, person=request.user, machines=machines, asks_only=action in ("preview", "earliest")
    )
    if not form.is_valid():
        return _answer(request, machines, form, 400)
    if action == "preview":
        return _answer(request, machines, form)
    if action == "earliest":
        return _earliest(request, machines, form)
    return _book(request, machines, form)


def show_preview(request: HttpRequest) -> HttpResponse:
    """The drawing and the verdict for the values of a form, as it is filled in."""
    machines = list(Machine.objects.bookable())
    shown = form_preview.of(request.user, request.GET, machines, timezone.now())
    return render(request, "farm/_preview.html", {"preview": shown})


def _book(request: HttpRequest, machines: list[Machine], form: BookingForm) -> HttpResponse:
    try:
        reservation = _attempt(request, form)
    except NoCapacity as refusal:
        card = refusal_card.card(request.user, refusal, reverse("farm-book"), _kept(request, form))
        return _answer(request, machines, form, 409, refusal=card)
    except Refused as refusal:
        place = form.lines[0] if refusal.field in lines.FIELDS else form
        place.add_error(refusal.field if refusal.field in place.fields else None, refusal.message)
        return _answer(request, machines, form, refusal.status)
    when = wording.span(reservation.start, reservation.end)
    offer(request, _("Booked: %(when)s.") % {"when": when}, reservation, None)
    return back(request)


def _attempt(request: HttpRequest, form: BookingForm) -> Reservation:
    data, asker = form.cleaned_data, cast(User, request.user)
    return book_any.book(
        actor=asker,
        owner=data.get("owner") or asker,
        machine_requests=[line.wish for line in form.lines],
        start=data["start"],
        end=data["end"],
        purpose=data["purpose"],
        project=data["project"],
    )


def _kept(request: HttpRequest, form: BookingForm) -> dict[str, Any]:
    """What an alternative carries on of the answers."""
    names = ("purpose", "project", "owner")
    return {name: form.data.get(name, "") for name in names if name in form.fields} | {"next": came_from(request)}


def _earliest(request: HttpRequest, machines: list[Machine], form: BookingForm) -> HttpResponse:
    """The same form with the first time that fits, on the machines chosen or on any."""
    data = form.cleaned_data
    found = form_defaults.first_fit([line.wish for line in form.lines], data["end"] - data["start"])
    if found is None:
        form.lines[0].add_error("resource", _("Nothing fits in the next 30 days."))
        return _answer(request, machines, form, 409)
    typed = form_defaults.typed(request.POST)
    return _page(request, machines, form_defaults.filled(typed, found))


def _page(request: HttpRequest, machines: list[Machine], typed: form_defaults.Typed) -> HttpResponse:
    """The form with these values, not judged yet."""
    form = BookingForm(person=request.user, machines=machines, lines=typed.lines, initial=typed.values)
    shown = form_preview.of(request.user, typed.as_data(), machines, timezone.now())
    return _render(request, form, 200, preview=shown, found=typed.found)


def _answer(
    request: HttpRequest, machines: list[Machine], form: BookingForm, status: int = 200, **more: Any
) -> HttpResponse:
    """The form as it was sent, with what is to be said about it."""
    shown = None if "refusal" in more else form_preview.of(request.user, form.data, machines, timezone.now())
    return _render(request, form, status, preview=shown, **more)


def _render(request: HttpRequest, form: BookingForm, status: int, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "max_days": limits.max_span().days,
        "next": came_from(request),
        "may_add": len(form.lines) < lines.MOST_LINES,
        **more,
    }
    return render(request, "farm/book.html", context, status=status)
