"""The admin page of the audit log: staff read it and export it, and nobody changes it."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.admin_exports import EXPORT_ACTIONS
from accounts.audit_log.objects import name_objects
from accounts.audit_log.titles import title_of
from accounts.models import AuditEvent


class ActionFilter(admin.SimpleListFilter):
    """Keeps the events of one command; the commands have their titles."""

    title = gettext_lazy("Action")
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        commands = AuditEvent.objects.order_by("verb").values_list("verb", flat=True).distinct()
        return sorted(((command, title_of(command)) for command in commands), key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        return queryset.filter(verb=self.value()) if self.value() else queryset


def name_objects_of(events: list[AuditEvent]) -> None:
    """Name the objects as the page of the audit log does, with one query for each kind of object."""
    names = name_objects(events)
    for event in events:
        event.named_object = names[event.subject]  # type: ignore[attr-defined]


class AuditEventList(ChangeList):
    """A page of events, with the names of their objects."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        name_objects_of(self.result_list)


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The audit log: staff read it, and nobody changes it."""

    list_display = ("at", "actor_name", "action_title", "object_name", "reason")
    # A date filter, not date_hierarchy: that needs MariaDB's time zone tables, which many servers do not have.
    list_filter = (ActionFilter, "at")
    search_fields = ("actor_name", "subject", "verb")
    actions = EXPORT_ACTIONS
    fields = ("at", "actor", "actor_name", "action_title", "object_name", "before", "after", "reason")
    readonly_fields = ("at", "action_title", "object_name")

    @admin.display(description=gettext_lazy("Action"), ordering="verb")
    def action_title(self, event: AuditEvent) -> str:
        return title_of(event.verb)

    @admin.display(description=gettext_lazy("Object"), ordering="subject")
    def object_name(self, event: AuditEvent) -> str:
        kind, name, _href = event.named_object  # type: ignore[attr-defined]  # from name_objects_of
        return f"{kind}: {name}" if name else kind

    def prepare_rows(self, events: list[AuditEvent]) -> None:
        name_objects_of(events)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> AuditEvent | None:
        event = super().get_object(request, object_id, from_field)
        if event:
            name_objects_of([event])
        return event

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return AuditEventList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        return False
