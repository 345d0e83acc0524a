"""The booking form: asks once, answers once; a refusal keeps the answers and offers what fits."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from farm import booking, finding, refused, rules, wording
from farm.availability import Share
from farm.forms import BookingForm
from farm.models import Reservation, Resource
from farm.permissions import project_ids_of
from farm.refusals import SEARCH, NoRoom
from farm.rules import Line
from farm.views import answers
from kernel.errors import Refused

STEP = timedelta(minutes=30)


def book(request: HttpRequest) -> HttpResponse:
    projects = project_ids_of(request.user)
    if request.method != "POST":
        return _page(request, BookingForm(initial=_initial(request), projects=projects))
    form = BookingForm(request.POST, projects=projects)
    if not form.is_valid():
        return _page(request, form, status=400)
    if request.POST.get("action") == "earliest":
        return _earliest(request, form, projects)
    try:
        reservation = _attempt(request, form.cleaned_data)
    except NoRoom as refusal:
        card = refused.card(request.user, refusal, form.cleaned_data)
        return _page(request, form, status=409, refusal=card)
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _page(request, form, status=refusal.status)
    when = wording.span(reservation.start, reservation.end)
    answers.offer(request, _("Booked: %(when)s.") % {"when": when}, reservation, None)
    return redirect("farm-mine")


def _attempt(request: HttpRequest, data: dict[str, Any]) -> Reservation:
    """On the machine chosen; or on the first that fits and still does when its turn comes."""
    machines = [data["resource"]] if data["resource"] else _candidates(data)
    refusal: NoRoom | None = None
    for machine in machines:
        try:
            return booking.book(
                actor=request.user,
                owner=request.user,  # type: ignore[arg-type]
                start=data["start"],
                end=data["end"],
                lines=[Line(machine.pk, data["gpus"], data["memory_gb"])],
                purpose=data["purpose"],
                project=data["project"],
            )
        except NoRoom as short:
            refusal = refusal or short
    if refusal is None:
        raise Refused("no_machine", _("No machine of the farm is that large."), field="resource")
    raise refusal


def _candidates(data: dict[str, Any]) -> list[Resource]:
    """Those that fit; when none does, the largest, so that the refusal says what is missing there."""
    need = Share(data["gpus"], data["memory_gb"])
    rules.check_span(data["start"], data["end"], timezone.now())
    fits = finding.fitting(need, data["start"], data["end"])
    return fits or list(Resource.objects.bookable().order_by("-gpu_count", "-memory_gb", "name")[:1])


def _earliest(request: HttpRequest, form: BookingForm, projects: set[int]) -> HttpResponse:
    """The same form with the first time that fits, on the machine chosen or on any."""
    data = form.cleaned_data
    first = _first_fit(data)
    if first is None:
        form.add_error("resource", _("Nothing fits in the next 30 days."))
        return _page(request, form, status=409)
    initial = {**data, "resource": first.resource, "start": first.start, "end": first.end}
    found = {"machine": first.resource, "when": wording.span(first.start, first.end)}
    return _page(request, BookingForm(initial=initial, projects=projects), found=found)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What the address says (machine, gpus, memory_gb, start, end, purpose), else the next half hour for two hours."""
    now = timezone.localtime()
    start = now.replace(minute=0, second=0, microsecond=0) + STEP * (2 if now.minute >= 30 else 1)
    initial: dict[str, Any] = {"gpus": 1, "memory_gb": 0, "start": start, "end": start + timedelta(hours=2)}
    given = BookingForm(request.GET, projects=())
    given.is_valid()
    asked = {name: value for name, value in getattr(given, "cleaned_data", {}).items() if value not in (None, "")}
    initial |= asked
    if request.GET.get("earliest"):
        fit = _first_fit(initial)
        initial |= {"start": fit.start, "end": fit.end} if fit else {}
    return initial


def _first_fit(data: dict[str, Any]) -> finding.Fit | None:
    """The first time from the next minute on that fits, on the machine chosen or on any."""
    now = timezone.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    length = min(max(data["end"] - data["start"], timedelta(minutes=1)), rules.max_span())
    machines = [data["resource"]] if data.get("resource") else None
    fits = finding.earliest(Share(data["gpus"], data["memory_gb"]), length, now, now + SEARCH + length, machines)
    return fits[0] if fits else None


def _page(request: HttpRequest, form: BookingForm, status: int = 200, **more: Any) -> HttpResponse:
    context = {"form": form, "max_days": rules.max_span().days, **more}
    return render(request, "farm/book.html", context, status=status)
