"""For staff: machines to look up and to add. What the lock guards is read-only here; the verbs change it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from farm import machines
from farm.models import Allocation, Closure, Project, Reservation, Resource


class ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class LinesInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Allocation
    extra = 0


@admin.register(Resource)
class ResourceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "gpu_count", "memory_gb", "gpu_model", "location", "state"]
    list_filter = ["state", "gpu_model", "location"]
    search_fields = ["name", "location", "gpu_model"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Capacity and state may displace bookings: that has to be seen first, and is not a field's business."""
        return ["gpu_count", "memory_gb", "state"] if obj else []

    def save_model(self, request: HttpRequest, obj: Resource, form: Any, change: bool) -> None:
        values = {name: getattr(obj, name) for name in form.changed_data if name in machines.EDITABLE}
        if change:
            machines.change_resource(actor=request.user, resource_id=obj.pk, **values)
        else:
            every = {name: getattr(obj, name) for name in machines.EDITABLE}
            obj.pk = machines.add_resource(actor=request.user, **every).pk

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # a machine is retired, its history stays


@admin.register(Reservation)
class ReservationAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["id", "owner", "purpose", "start", "end", "state"]
    list_filter = ["state", "start"]
    list_select_related = ["owner"]
    search_fields = ["owner__username", "purpose"]
    inlines = [LinesInline]


@admin.register(Closure)
class ClosureAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["resource", "start", "end", "gpus", "memory_gb", "reason"]
    list_select_related = ["resource"]


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name"]
    search_fields = ["name"]
    filter_horizontal = ["owners", "members"]
