"""The form of a semester."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.forms.base import CommandForm
from courses.forms.fields import day_field
from courses.models import Semester


class SemesterForm(CommandForm):
    """The title, the first and the last day of a semester; each may be empty."""

    title = forms.CharField(
        label=_("Title"), max_length=120, required=False, help_text=_("Left empty: the semester code.")
    )
    starts_on = day_field(_("First day"))
    ends_on = day_field(_("Last day"))

    def __init__(self, semester: Semester, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={name: getattr(semester, name) for name in ("title", "starts_on", "ends_on")})
