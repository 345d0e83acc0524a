"""The forms of a team of students: its title and its students, and its repository for one place."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.forms.base import CommandForm
from courses.models import Course, Team
from courses.pages.listed_students import students_of
from courses.pages.matrix_filters import family_order
from kernel.forms.words import SentenceField


class TeamForm(CommandForm):
    """The title of a team and its students: those of the course who are in no other team."""

    title = SentenceField(label=_("Title"), max_length=120, help_text=_("Such as Team 1 or Les pingouins."))
    members = forms.TypedMultipleChoiceField(
        label=_("Students"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
        help_text=_("Students of other teams are not listed. A student is in one team at most."),
    )

    def __init__(self, course: Course, data: Mapping[str, Any] | None = None, *, before: Team | None = None) -> None:
        students = [
            student
            for student in students_of(course).select_related("person", "group")
            if student.team_id in (None, before.pk if before else None)
        ]
        students.sort(key=lambda student: family_order(student.person))
        chosen = [student.pk for student in students if student.team_id is not None]
        super().__init__(data, initial={"title": before.title, "members": chosen} if before else {})
        choices = [(student.pk, str(student.person.listed_name)) for student in students]
        cast(forms.TypedMultipleChoiceField, self.fields["members"]).choices = choices


class TeamRepositoryForm(CommandForm):
    """The address of the repository of a team for one place of the course; an empty one removes it."""

    repo_path = forms.CharField(widget=forms.HiddenInput)
    url = forms.CharField(label=_("Address of the repository"), required=False, max_length=4000)
