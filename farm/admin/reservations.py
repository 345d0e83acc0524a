"""Bookings: read-only. Staff may cancel them and give them back for others, with a reason."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_exports import EXPORT_ACTIONS
from accounts.principals import person_of
from farm.admin.forms import ReasonForm
from farm.domain import booking
from farm.models import Allocation, Reservation
from farm.models.states import State
from farm.rules import wording
from kernel.admin import ReadOnlyAdmin
from kernel.errors import Refused
from kernel.web.query_string import ids_among

# name -> (title, what a toast says was done, command)
STEPS: dict[str, tuple[Any, Any, Callable[..., Reservation]]] = {
    "cancel": (gettext_lazy("Cancel"), gettext_lazy("cancelled"), booking.cancel),
    "give-back": (gettext_lazy("Give back"), gettext_lazy("given back"), booking.give_back),
}


class StateFilter(admin.SimpleListFilter):
    """Filter by the state at this moment.

    With time a confirmed booking becomes running, and a running one finished, without a change of the row.
    """

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reservation]) -> QuerySet[Reservation]:
        now, kept = timezone.now(), Q(state__in=[State.CONFIRMED, State.ACTIVE])
        by_time = {
            State.CONFIRMED: kept & Q(start__gt=now),
            State.ACTIVE: kept & Q(start__lte=now, end__gt=now),
            State.FINISHED: Q(state=State.FINISHED) | kept & Q(end__lte=now),
        }
        value = self.value()
        return queryset.filter(by_time.get(State(value), Q(state=value))) if value in State.values else queryset


def _step_action(name: str) -> Callable[..., HttpResponse]:
    """Return an action that opens the page of a step for the chosen bookings."""

    @admin.action(description=STEPS[name][0], permissions=["act"])
    def open_step_page(model_admin: Any, request: HttpRequest, chosen: QuerySet[Reservation]) -> HttpResponse:
        ids = ",".join(str(pk) for pk in chosen.order_by("pk").values_list("pk", flat=True)[:500])
        return redirect(reverse("admin:farm_reservation_step", args=[name]) + "?" + urlencode({"ids": ids}))

    open_step_page.__name__ = name.replace("-", "_")
    return open_step_page


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    list_display = ["id", "owner", "when", "machines", "state_now", "purpose"]
    list_filter = [StateFilter, "start"]
    list_select_related = ["owner"]
    list_per_page = 50
    search_fields = ["owner__username", "owner__last_name", "purpose", "lines__machine__name"]
    ordering = ["-start", "-id"]
    actions = [*(_step_action(name) for name in STEPS), *EXPORT_ACTIONS]
    change_form_template = "admin/farm/reservation.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reservation]:
        return super().get_queryset(request).prefetch_related("lines__machine")

    @admin.display(description=gettext_lazy("when"), ordering="start")
    def when(self, reservation: Reservation) -> str:
        return wording.span(reservation.start, reservation.end)

    @admin.display(description=gettext_lazy("machines"))
    def machines(self, reservation: Reservation) -> str:
        return ", ".join(
            f"{allocation.machine.shown_name} ({wording.share(allocation.gpus, allocation.memory_gb)})"
            for allocation in reservation.lines.all()
        )

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_now(self, reservation: Reservation) -> str:
        return str(reservation.state_at(timezone.now()).label)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.step_view)
        return [path("steps/<str:name>/", view, name="farm_reservation_step"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        reservation = self.get_object(request, object_id)
        possible = _possible_steps(reservation) if reservation and self.has_act_permission(request) else []
        allocations = reservation.lines.all() if reservation else []
        kwargs["extra_context"] = {"steps": [(name, STEPS[name][0]) for name in possible], "allocations": allocations}
        return super().change_view(request, object_id, *args, **kwargs)

    def step_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """GET lists the bookings and asks for a reason.

        POST calls the command for each and reports the results.
        """
        if not self.has_act_permission(request):
            raise PermissionDenied
        ids = ids_among(request.GET.get("ids", "").split(",")[:500])
        rows = list(self.get_queryset(request).select_related("owner").filter(pk__in=ids).order_by("start", "pk"))
        if name not in STEPS or not rows:
            raise Http404
        form = ReasonForm(request.POST or None)
        if form.is_valid():
            _take_step(request, name, rows, form.cleaned_data["reason"])
            return redirect("admin:farm_reservation_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": STEPS[name][0],
            "opts": self.opts,
            "form": form,
            "rows": [(row, row.state_at(timezone.now()), name in _possible_steps(row)) for row in rows],
        }
        return TemplateResponse(request, "admin/farm/reservation_step.html", context)


def _possible_steps(reservation: Reservation) -> list[str]:
    state = reservation.state_at(timezone.now())
    if state == State.ACTIVE:
        return ["give-back"]
    return ["cancel"] if state in (State.DRAFT, State.PENDING, State.CONFIRMED) else []


def _take_step(request: HttpRequest, name: str, reservations: list[Reservation], reason: str) -> None:
    """Call the command for each booking by itself.

    The refusal of one does not undo the others.
    """
    _title, done, command = STEPS[name]
    for reservation in reservations:
        words = {"id": reservation.pk, "owner": reservation.owner.display_name}
        subject = _("Booking %(id)s of %(owner)s") % words
        try:
            command(actor=person_of(request), reservation_id=reservation.pk, reason=reason)
        except Refused as refusal:
            messages.error(request, f"{subject} – {refusal.message}")
        else:
            messages.success(request, f"{subject} – {done}.")


@admin.register(Allocation)
class AllocationAdmin(ReadOnlyAdmin):
    """Who has which share of which machine.

    A machine's page links here with `?machine__id__exact=`.
    """

    actions = EXPORT_ACTIONS
    list_display = ["machine", "booking", "owner", "when", "gpus", "memory_gb", "held"]
    list_select_related = ["machine", "reservation__owner"]
    list_filter = ["held"]
    list_per_page = 50
    search_fields = ["machine__name", "reservation__owner__username"]
    ordering = ["-start", "-id"]

    @admin.display(description=gettext_lazy("reservation"), ordering="reservation")
    def booking(self, allocation: Allocation) -> int:
        return allocation.reservation_id

    @admin.display(description=gettext_lazy("when"), ordering="start")
    def when(self, allocation: Allocation) -> str:
        return wording.span(allocation.start, allocation.end)

    @admin.display(description=gettext_lazy("owner"), ordering="reservation__owner__username")
    def owner(self, allocation: Allocation) -> str:
        return allocation.reservation.owner.display_name
