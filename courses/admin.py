"""Courses in the admin.

Extensions can be changed here, through their commands. Semesters, courses, and the tasks, repositories and people of a
course are read-only: they are changed through the pages, whose commands update the Git module and the audit log too.
Derived rows are read-only, with a rebuild.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.principals import person_of
from courses import models
from courses.domain import extensions, replay
from courses.git import outgoing_messages
from kernel.admin import ReadOnlyAdmin
from kernel.errors import Refused
from kernel.task_queue import queue


@admin.register(models.Semester)
class SemesterAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "semester_id", "teacher", "starts_on", "ends_on")
    list_select_related = ("teacher",)
    search_fields = ("title", "semester_id", "teacher__username")


@admin.register(models.Course)
class CourseAdmin(ReadOnlyAdmin):
    list_display = ("title", "course_id", "semester", "archived_at")
    list_select_related = ("semester",)
    search_fields = ("title", "course_id", "semester__teacher__username")
    actions = ["rebuild"]

    @admin.action(description=_("Rebuild progress from the events received"), permissions=["act"])
    def rebuild(self, request: HttpRequest, queryset: Any) -> None:
        total = sum(replay.rebuild(course) for course in queryset)
        sentence = ngettext("%(count)s event was read again.", "%(count)s events were read again.", total)
        messages.success(request, sentence % {"count": total})


@admin.register(models.Enrolment)
class EnrolmentAdmin(ReadOnlyAdmin):
    list_display = ("person", "course", "group", "role", "commits_stale")
    list_select_related = ("person", "course", "group")
    list_filter = ("role", "commits_stale")
    search_fields = ("person__username", "course__title")
    actions = ["ask_again"]

    @admin.action(description=_("Ask the Git module for the commits again"), permissions=["act"])
    def ask_again(self, request: HttpRequest, queryset: Any) -> None:
        keys = list(queryset.values_list("pk", flat=True))
        queryset.update(commits_stale=True)
        for pk in keys:
            queue("courses.tasks.refresh_commits", pk)


@admin.register(models.Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = ("title", "path", "course", "asks_for", "deadline")
    list_select_related = ("course",)
    list_filter = ("asks_for",)
    search_fields = ("title", "course__title")


class ExtensionAdminForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that shows at its field what the command would refuse."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        task = data.get("task") or getattr(self.instance, "task", None)
        enrolment = data.get("enrolment") or getattr(self.instance, "enrolment", None)
        if task and enrolment and data.get("deadline"):
            try:
                extensions.check_extension(task, enrolment, data["deadline"], data.get("reason", ""))
            except Refused as refusal:
                self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)
        return data


@admin.register(models.Extension)
class ExtensionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Extensions are granted and withdrawn through the commands, as on the page of the task."""

    form = ExtensionAdminForm
    list_display = ("task", "enrolment", "deadline", "reason", "granted_by")
    list_select_related = ("task", "enrolment__person", "enrolment__course", "granted_by")
    raw_id_fields = ("task", "enrolment")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("task", "enrolment", "granted_by") if obj else ("granted_by",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        extension = extensions.grant_extension(
            person_of(request), obj.task, obj.enrolment, deadline=obj.deadline, reason=obj.reason
        )
        obj.pk, obj.granted_by = extension.pk, extension.granted_by

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        extensions.withdraw_extension(person_of(request), obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for extension in queryset.select_related("task__course", "enrolment__person"):
            extensions.withdraw_extension(person_of(request), extension)


@admin.register(models.StudentRepository)
class StudentRepositoryAdmin(ReadOnlyAdmin):
    list_display = ("url", "enrolment", "repo_path", "state", "reason", "since")
    list_select_related = ("enrolment__person", "enrolment__course")
    list_filter = ("state",)
    search_fields = ("url", "enrolment__person__username")


@admin.register(models.Answer)
class AnswerAdmin(ReadOnlyAdmin):
    list_display = ("enrolment", "task", "given_at", "changed_at")
    list_select_related = ("enrolment__person", "enrolment__course", "task")
    search_fields = ("enrolment__person__username", "task__title")


@admin.register(models.Progress)
class ProgressAdmin(ReadOnlyAdmin):
    list_display = ("enrolment", "task", "state", "since", "effort")
    list_select_related = ("enrolment__person", "enrolment__course", "task")
    list_filter = ("state",)
    search_fields = ("enrolment__person__username", "task__title")


@admin.register(models.ReceivedEvent)
class ReceivedEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "kind", "student_id", "course", "problem")
    list_select_related = ("course",)
    list_filter = ("problem", "kind")
    search_fields = ("student_id", "event_id")
    ordering = ("-id",)


@admin.register(models.OutgoingMessage)
class OutgoingMessageAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "course_key", "attempts", "sent_at", "dead_at", "last_error")
    list_filter = ("kind",)
    ordering = ("-id",)
    actions = ["send_again"]

    @admin.action(description=_("Send again"), permissions=["act"])
    def send_again(self, request: HttpRequest, queryset: Any) -> None:
        for course_key_hash in outgoing_messages.retry(queryset):
            queue("courses.tasks.send_messages", course_key_hash)
