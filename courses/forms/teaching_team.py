"""The form of a co-teacher or an assistant."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.forms.base import CommandForm
from courses.models import Course, Enrolment


class TeamMemberForm(CommandForm):
    """The role of a person in the teaching team, and the groups whose students an assistant sees."""

    role = forms.ChoiceField(label=_("Role"))
    groups = forms.MultipleChoiceField(
        label=_("Groups"),
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
        help_text=_("An assistant sees the students of the chosen groups; without any group, all students."),
    )

    def __init__(
        self,
        course: Course,
        data: Mapping[str, Any] | None = None,
        *,
        is_teacher: bool,
        before: Enrolment | None = None,
    ) -> None:
        initial: dict[str, Any] = {"role": Enrolment.Role.ASSISTANT.value}
        if before:
            chosen = [group.group_id for group in before.assisted_groups.all()]
            initial = {"role": before.role, "groups": chosen}
        super().__init__(data, initial=initial)
        roles = Enrolment.TEAM_ROLES if is_teacher else (Enrolment.Role.ASSISTANT,)
        cast(forms.ChoiceField, self.fields["role"]).choices = [(role.value, role.label) for role in roles]
        groups = [(group.group_id, str(group)) for group in course.groups.order_by("group_id")]
        if groups:
            cast(forms.MultipleChoiceField, self.fields["groups"]).choices = groups
        else:
            del self.fields["groups"]
