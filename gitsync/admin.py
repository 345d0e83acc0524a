"""Admin pages of the Git module. Every page is read-only; repositories, events and hook addresses have actions.

The commands and the messages of the wire change the other rows, and derived rows follow from them.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.principals import person_of
from gitsync.domain import hook_addresses, staff_actions
from gitsync.git.failures import Reason
from gitsync.models import (
    Commit,
    Delivery,
    ExpectedRepository,
    FileChange,
    HookAddress,
    HostKey,
    LocalCopy,
    OutboxEvent,
    Push,
    Registration,
    Request,
    UnknownUrl,
    WatchedExercise,
)
from kernel.admin import FilledFilter, ReadOnlyAdmin


def _words_of(reason: str) -> str:
    return str(Reason(reason).label) if reason in Reason.values else reason


class LargeTableAdmin(ReadOnlyAdmin):
    show_full_result_count = False  # a search does not count the whole table as well


class ReasonFilter(admin.SimpleListFilter):
    """Keeps the repositories that cannot be read for one reason. Its parameter is that of the field."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        reasons = LocalCopy.objects.exclude(reason="").order_by("reason").values_list("reason", flat=True).distinct()
        return [(reason, _words_of(reason)) for reason in reasons]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LocalCopy]) -> QuerySet[LocalCopy]:
        return queryset.filter(reason=self.value()) if self.value() else queryset


@admin.register(LocalCopy)
class RepositoryAdmin(LargeTableAdmin):
    list_display = ["repository", "status", "why", "next_attempt_at", "last_good_at"]
    list_filter = ["status", "dirty", ReasonFilter]
    list_select_related = ["repository"]
    search_fields = ["repository__path", "repository__host", "repository__registrations__student__student_id"]
    actions = ["sync_now", "pause", "resume"]

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, local_copy: LocalCopy) -> str:
        return _words_of(local_copy.reason)

    @admin.action(description=_("Sync now"), permissions=["act"])
    def sync_now(self, request: HttpRequest, local_copies: QuerySet[LocalCopy]) -> None:
        for local_copy in local_copies:
            staff_actions.sync_now(local_copy, request.user)
        self.message_user(
            request,
            ngettext("%(n)s repository will be synced.", "%(n)s repositories will be synced.", len(local_copies))
            % {"n": len(local_copies)},
        )

    @admin.action(description=_("Pause"), permissions=["act"])
    def pause(self, request: HttpRequest, local_copies: QuerySet[LocalCopy]) -> None:
        for local_copy in local_copies:
            staff_actions.pause(local_copy, request.user)
        self.message_user(
            request,
            ngettext("%(n)s repository is paused.", "%(n)s repositories are paused.", len(local_copies))
            % {"n": len(local_copies)},
        )

    @admin.action(description=_("Resume"), permissions=["act"])
    def resume(self, request: HttpRequest, local_copies: QuerySet[LocalCopy]) -> None:
        paused = local_copies.filter(status=LocalCopy.Status.PAUSED)
        count = len(paused)
        for local_copy in paused:
            staff_actions.resume(local_copy, request.user)
        self.message_user(
            request,
            ngettext("%(n)s paused repository is read again.", "%(n)s paused repositories are read again.", count)
            % {"n": count},
        )


@admin.register(OutboxEvent)
class OutboxEventAdmin(LargeTableAdmin):
    list_display = ["kind", "target", "registration", "created_at", "delivered_at", "dead_at", "attempts", "last_error"]
    list_filter = ["target", "kind", ("dead_at", FilledFilter), ("delivered_at", FilledFilter)]
    list_select_related = ["registration"]
    search_fields = ["=event_id"]
    actions = ["send_again"]

    @admin.action(description=_("Send again"), permissions=["act"])
    def send_again(self, request: HttpRequest, events: QuerySet[OutboxEvent]) -> None:
        for event in events.order_by("pk"):
            staff_actions.send_again(event, request.user)
        self.message_user(
            request,
            ngettext("%(n)s event will be sent again.", "%(n)s events will be sent again.", len(events))
            % {"n": len(events)},
        )


@admin.register(Registration)
class RegistrationAdmin(LargeTableAdmin):
    list_display = [
        "student",
        "course",
        "repo_path",
        "group_id",
        "repo_url",
        "announced",
        "registered_again",
        "confirmed",
        "created_at",
    ]
    list_filter = ["announced", "registered_again", "confirmed"]
    list_select_related = ["student", "course"]
    search_fields = ["student__student_id", "repo_url"]


@admin.register(WatchedExercise)
class WatchedExerciseAdmin(LargeTableAdmin):
    list_display = ["exercise_path", "course", "group_id", "repo_path", "source_folder_path", "completion_keywords"]
    list_select_related = ["course"]
    search_fields = ["exercise_path", "course__course_id", "course__teacher_id"]


@admin.register(ExpectedRepository)
class ExpectedRepositoryAdmin(LargeTableAdmin):
    list_display = ["repo_path", "course"]
    list_select_related = ["course"]


class FilesInline(admin.TabularInline):  # type: ignore[type-arg]
    model = FileChange
    extra = 0
    can_delete = False
    max_num = 0
    fields = ["path", "insertions", "deletions", "binary", "counts_unknown"]
    readonly_fields = ["path", "insertions", "deletions", "binary", "counts_unknown"]


@admin.register(Commit)
class CommitAdmin(LargeTableAdmin):
    list_display = ["sha", "repository", "author_name", "author_time", "late_time", "reachable", "broken", "remarks"]
    list_filter = ["reachable", "broken"]
    list_select_related = ["repository"]
    search_fields = ["=sha", "author_name"]
    inlines = [FilesInline]


@admin.register(Request)
class RequestAdmin(LargeTableAdmin):
    list_display = ["id", "kind", "state", "error", "course", "created_at", "finished_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["course"]


@admin.register(HookAddress)
class HookAddressAdmin(LargeTableAdmin):
    list_display = ["course", "created_at"]
    list_select_related = ["course"]
    search_fields = ["course__course_id", "course__teacher_id", "=token"]
    exclude = ["secret"]
    actions = ["renew"]

    @admin.action(description=_("New address"), permissions=["act"])
    def renew(self, request: HttpRequest, addresses: QuerySet[HookAddress]) -> None:
        for hook_address in addresses:
            hook_addresses.renew_hook_address(hook_addresses.course_ids(hook_address.course), person_of(request))
        self.message_user(
            request,
            ngettext("%(n)s course has a new hook address.", "%(n)s courses have a new hook address.", len(addresses))
            % {"n": len(addresses)},
        )


@admin.register(HostKey)
class HostKeyAdmin(LargeTableAdmin):
    list_display = ["host", "port", "kind", "fingerprint", "confirmed_by", "created_at"]
    search_fields = ["host", "=fingerprint"]


@admin.register(Delivery)
class DeliveryAdmin(LargeTableAdmin):
    list_display = ["forge", "repository", "ref", "after", "received_at", "signed"]
    list_filter = ["forge", "signed"]
    list_select_related = ["repository"]


@admin.register(Push)
class PushAdmin(LargeTableAdmin):
    list_display = ["repository", "before", "after", "forced", "received_at"]
    list_filter = ["forced"]
    list_select_related = ["repository"]


@admin.register(UnknownUrl)
class UnknownUrlAdmin(LargeTableAdmin):
    list_display = ["url", "reported_at"]
    search_fields = ["url"]
