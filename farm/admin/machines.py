"""Machines: looked up, added, changed where nothing booked depends on it; the rest is a step with its preview."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.principals import person_of
from farm import machines
from farm.admin.forms import MachineForm
from farm.admin.import_page import import_page
from farm.admin.read_only import ReadOnly
from farm.admin.step_page import step_page
from farm.admin.steps import STEPS
from farm.models import Closure, Resource
from farm.sheets import writing
from kernel.errors import Refused


class ClosuresInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """What is closed of the machine from now on."""

    model = Closure
    extra = 0
    fields = ["start", "end", "gpus", "memory_gb", "reason", "reopen"]
    readonly_fields = ["reopen"]
    verbose_name_plural = _("closures from now on")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Closure]:
        return super().get_queryset(request).filter(end__gt=timezone.now())

    @admin.display(description=_("what you can do"))
    def reopen(self, closure: Closure) -> str:
        address = reverse("admin:farm_closure_reopen", args=[closure.pk])
        return format_html('<a href="{}">{}</a>', address, _("Reopen"))


def _step_action(name: str) -> Callable[..., HttpResponse]:
    step = STEPS[name]

    @admin.action(description=step.title, permissions=["change"])
    def go(model_admin: Any, request: HttpRequest, chosen: QuerySet[Resource]) -> HttpResponse:
        ids = ",".join(str(pk) for pk in chosen.order_by("pk").values_list("pk", flat=True))
        return redirect(reverse("admin:farm_resource_step", args=[name]) + "?" + urlencode({"ids": ids}))

    go.__name__ = name
    return go


@admin.register(Resource)
class ResourceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = MachineForm
    list_display = ["name", "gpu_count", "memory_gb", "gpu_model", "location", "state"]
    list_filter = ["state", "gpu_model", "location"]
    search_fields = ["name", "location", "gpu_model"]
    fields = [
        "name", "location", "gpu_model", ("gpu_count", "memory_gb"), "state", "tags", "notes", "scheduler_node",
    ]  # fmt: skip
    inlines = [ClosuresInline]
    actions = [*(_step_action(name) for name in STEPS if not STEPS[name].one_only), "export_csv", "export_xlsx"]
    change_list_template = "admin/farm/machines.html"
    change_form_template = "admin/farm/machine.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("import/", view(self.import_view), name="farm_resource_import"),
            path("export.<str:kind>", view(self.export_view), name="farm_resource_export"),
            path("steps/<str:name>/", view(self.step_view), name="farm_resource_step"),
            *super().get_urls(),
        ]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        return import_page(self, request)

    def step_view(self, request: HttpRequest, name: str) -> HttpResponse:
        return step_page(self, request, name)

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return _export(request, Resource.objects.all(), "xlsx" if kind == "xlsx" else "csv")

    @admin.action(description=_("Export as CSV"), permissions=["view"])
    def export_csv(self, request: HttpRequest, chosen: QuerySet[Resource]) -> HttpResponse:
        return _export(request, chosen, "csv")

    @admin.action(description=_("Export as XLSX"), permissions=["view"])
    def export_xlsx(self, request: HttpRequest, chosen: QuerySet[Resource]) -> HttpResponse:
        return _export(request, chosen, "xlsx")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Capacity and state may displace bookings: that has to be seen first, and is not a field's business."""
        return ["gpu_count", "memory_gb", "state"] if obj else []

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return list(self.inlines) if obj else []

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused as refusal:  # what the form could not know: the farm is busy, the name was taken meanwhile
            messages.error(request, refusal.message)
            return redirect(request.get_full_path())

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        machine = self.get_object(request, object_id)
        steps = [(name, step) for name, step in STEPS.items() if machine and name not in _pointless(machine)]
        kwargs["extra_context"] = {**(kwargs.get("extra_context") or {}), "steps": steps}
        return super().change_view(request, object_id, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Resource, form: Any, change: bool) -> None:
        names = [name for name in machines.EDITABLE if name in form.cleaned_data]
        if change:
            values = {name: form.cleaned_data[name] for name in names if name in form.changed_data}
            machines.change_resource(actor=person_of(request), resource_id=obj.pk, **values)
        else:
            values = {name: form.cleaned_data[name] for name in names}
            obj.pk = machines.add_resource(actor=person_of(request), **values).pk

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # a machine is retired, its history stays


def _pointless(machine: Resource) -> set[str]:
    """The steps that lead to where the machine is."""
    leads = {"drain": Resource.State.DRAINING, "open": Resource.State.OPEN, "retire": Resource.State.RETIRED}
    return {name for name, state in leads.items() if machine.state == state}


def _export(request: HttpRequest, chosen: QuerySet[Resource], kind: str) -> HttpResponse:
    rows = list(chosen.order_by("name"))
    content, content_type = (
        (writing.as_xlsx(rows), writing.XLSX_TYPE) if kind == "xlsx" else (writing.as_csv(rows), writing.CSV_TYPE)
    )
    audit.record(person_of(request), "farm.export_machines", f"file:{kind}", after={"machines": len(rows)})
    name = f"machines-{timezone.localdate()}.{kind}"
    return HttpResponse(content, content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
