"""The forms of deadlines other than the task's own: an extension for one student, a deadline of one group."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from courses.forms.base import CommandForm
from courses.forms.fields import StudentField, deadline_field
from courses.models import Course, Enrolment, Extension, Group, GroupDeadline


class ExtensionForm(CommandForm):
    """A later deadline for one of these students. `student` cleans to their enrolment."""

    student = StudentField(
        label=_("Student"),
        queryset=Enrolment.objects.none(),
        to_field_name="person__username",
        empty_label=_("Choose a student"),
    )
    deadline = deadline_field(_("New deadline"))
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("The student sees it, and so does everybody who sees the class.")
    )

    def __init__(
        self,
        students: QuerySet[Enrolment],
        data: Mapping[str, Any] | None = None,
        *,
        before: Extension | None = None,
        **options: Any,
    ) -> None:
        if before:
            options["initial"] = {
                "deadline": before.deadline,
                "reason": before.reason,
                **options.get("initial", {}),
            }
        super().__init__(data, **options)
        field = self.fields["student"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = students.select_related("person")


class GroupDeadlineForm(CommandForm):
    """The deadline of one group. `group` cleans to a group of this course."""

    group = forms.ModelChoiceField(
        label=_("Group"),
        queryset=Group.objects.none(),
        to_field_name="group_id",
        empty_label=_("Choose a group"),
    )
    deadline = deadline_field(_("Deadline"))

    def __init__(
        self,
        course: Course,
        data: Mapping[str, Any] | None = None,
        *,
        before: GroupDeadline | None = None,
        **options: Any,
    ) -> None:
        if before:
            options["initial"] = {"deadline": before.deadline, **options.get("initial", {})}
        super().__init__(data, **options)
        field = self.fields["group"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = course.groups.order_by("group_id")
