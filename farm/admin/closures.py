"""Closures: read-only, and they can be ended. A new closure is a step of its machine."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.principals import person_of
from farm.domain import machines
from farm.models import Closure
from farm.rules import wording
from kernel.admin import ReadOnlyAdmin
from kernel.errors import Refused


class TimeFilter(admin.SimpleListFilter):
    title = gettext_lazy("time")
    parameter_name = "time"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("now", _("now or later")), ("over", _("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Closure]) -> QuerySet[Closure]:
        now = timezone.now()
        if self.value() == "now":
            return queryset.filter(end__gt=now)
        return queryset.filter(end__lte=now) if self.value() == "over" else queryset


@admin.register(Closure)
class ClosureAdmin(ReadOnlyAdmin):
    list_display = ["machine", "when", "how_much", "reason", "created_by"]
    list_select_related = ["machine", "created_by"]
    list_filter = [TimeFilter]
    search_fields = ["machine__name", "reason"]
    ordering = ["-start"]
    actions = ["reopen_chosen"]
    change_form_template = "admin/farm/closure.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reopen_view)
        return [path("<int:pk>/reopen/", view, name="farm_closure_reopen"), *super().get_urls()]

    @admin.display(description=gettext_lazy("when"), ordering="start")
    def when(self, closure: Closure) -> str:
        return wording.span(closure.start, closure.end)

    @admin.display(description=gettext_lazy("how much"))
    def how_much(self, closure: Closure) -> str:
        return _("the whole machine") if closure.is_whole else wording.share(closure.gpus or 0, closure.memory_gb or 0)

    @admin.action(description=gettext_lazy("Reopen"), permissions=["act"])
    def reopen_chosen(self, request: HttpRequest, chosen: QuerySet[Closure]) -> None:
        for closure in chosen.select_related("machine"):
            _reopen(request, closure)

    def reopen_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks for confirmation, POST reopens the machine."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        closure = get_object_or_404(Closure.objects.select_related("machine"), pk=pk)
        if request.method == "POST":
            _reopen(request, closure)
            return redirect("admin:farm_machine_change", closure.machine_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Reopen"),
            "opts": self.opts,
            "closure": closure,
            "how_much": self.how_much(closure),
            "begun": closure.start <= timezone.now(),
        }
        return TemplateResponse(request, "admin/farm/reopen.html", context)


def _reopen(request: HttpRequest, closure: Closure) -> None:
    try:
        if closure.end <= timezone.now():
            messages.warning(
                request, _("The closure of %(name)s is already over.") % {"name": closure.machine.shown_name}
            )
            return
        machines.reopen(actor=person_of(request), closure_id=closure.pk)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Reopened: %(name)s.") % {"name": closure.machine.shown_name})
