"""Machines in the admin.

Fields that no booking depends on are changed in the form; capacity, state and closures are steps with a preview.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.exports import send_table
from accounts.principals import person_of
from farm.admin.forms import MachineForm
from farm.admin.import_page import import_page
from farm.admin.machine_step_page import step_page
from farm.admin.machine_steps import STEPS
from farm.domain import machines
from farm.models import Closure, Machine
from farm.sheets.machine_table import machines_table
from kernel.errors import Refused


class NonEmptyValuesFilter(admin.AllValuesFieldListFilter):
    """All values but the empty one, which would be a link without a text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lookup_choices = self.lookup_choices.exclude(**{self.field_path: ""})


def _step_action(name: str) -> Callable[..., HttpResponse]:
    """Return an action that opens the page of a step for the chosen machines."""
    step = STEPS[name]

    @admin.action(description=step.title, permissions=["change"])
    def open_step_page(model_admin: Any, request: HttpRequest, chosen: QuerySet[Machine]) -> HttpResponse:
        ids = ",".join(str(pk) for pk in chosen.order_by("pk").values_list("pk", flat=True))
        return redirect(reverse("admin:farm_machine_step", args=[name]) + "?" + urlencode({"ids": ids}))

    open_step_page.__name__ = name
    return open_step_page


@admin.register(Machine)
class MachineAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = MachineForm
    list_display = ["name", "gpu_count", "memory_gb", "gpu_model", "location", "state"]
    list_filter = ["state", ("gpu_model", NonEmptyValuesFilter), ("location", NonEmptyValuesFilter)]
    search_fields = ["name", "location", "gpu_model"]
    fields = [
        "name", "location", "gpu_model", ("gpu_count", "memory_gb"), "state", "tags", "notes", "scheduler_node",
    ]  # fmt: skip
    actions = [*(_step_action(name) for name in STEPS if not STEPS[name].single), "export_csv", "export_xlsx"]
    change_list_template = "admin/farm/machines.html"
    change_form_template = "admin/farm/machine.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("import/", view(self.import_view), name="farm_machine_import"),
            path("export.<file_format:file_format>", view(self.export_view), name="farm_machine_export"),
            path("steps/<str:name>/", view(self.step_view), name="farm_machine_step"),
            *super().get_urls(),
        ]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        return import_page(self, request)

    def step_view(self, request: HttpRequest, name: str) -> HttpResponse:
        return step_page(self, request, name)

    def export_view(self, request: HttpRequest, file_format: str) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return _export(request, Machine.objects.all(), file_format)

    @admin.action(description=_("Export as CSV"), permissions=["view"])
    def export_csv(self, request: HttpRequest, chosen: QuerySet[Machine]) -> HttpResponseBase:
        return _export(request, chosen, "csv")

    @admin.action(description=_("Export as XLSX"), permissions=["view"])
    def export_xlsx(self, request: HttpRequest, chosen: QuerySet[Machine]) -> HttpResponseBase:
        return _export(request, chosen, "xlsx")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make capacity and state read-only once a machine exists.

        Changing them may displace bookings: that is a step, which shows those bookings first.
        """
        return ["gpu_count", "memory_gb", "state"] if obj else []

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may_import = self.has_add_permission(request) and self.has_change_permission(request)
        return super().changelist_view(request, {**(extra_context or {}), "may_import": may_import})

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused as refusal:  # the form cannot know: the farm is busy, or the name was taken in the meantime
            messages.error(request, refusal.message)
            return redirect(request.get_full_path())

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        machine = self.get_object(request, object_id)
        steps = [(name, step) for name, step in STEPS.items() if machine and name not in _steps_without_effect(machine)]
        closures = Closure.objects.filter(machine=machine, end__gt=timezone.now()).order_by("start")
        kwargs["extra_context"] = {"steps": steps, "closures": closures}
        return super().change_view(request, object_id, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Machine, form: Any, change: bool) -> None:
        names = [name for name in machines.EDITABLE if name in form.cleaned_data]
        if change:
            values = {name: form.cleaned_data[name] for name in names if name in form.changed_data}
            machines.change_machine(actor=person_of(request), machine_id=obj.pk, **values)
        else:
            values = {name: form.cleaned_data[name] for name in names}
            obj.pk = machines.add_machine(actor=person_of(request), **values).pk

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # a machine is retired; its history stays


def _steps_without_effect(machine: Machine) -> set[str]:
    """Return the steps to the state that the machine has already."""
    state_after = {"drain": Machine.State.DRAINING, "open": Machine.State.OPEN, "retire": Machine.State.RETIRED}
    return {name for name, state in state_after.items() if machine.state == state}


def _export(request: HttpRequest, chosen: QuerySet[Machine], file_format: str) -> HttpResponseBase:
    """Return the machines as a file to download."""
    table = machines_table(chosen.order_by("name"))
    return send_table(request, table, file_format, command="farm.export_machines", subject=f"file:{file_format}")
