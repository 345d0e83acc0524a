"""The form of a semester."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from courses.forms.base import CommandForm
from courses.forms.fields import day_field, fix_id, id_field
from courses.git import wire_use
from courses.models import Semester
from kernel.forms.words import SentenceField
from kernel.ids import clean_id


class SemesterForm(CommandForm):
    """The title, the id, the first and the last day of a semester; the title and the days may be empty."""

    title = SentenceField(
        label=_("Title"), max_length=120, required=False, help_text=_("Left empty: the semester code.")
    )
    semester_id = id_field(_("Semester code"))
    starts_on = day_field(_("First day"))
    ends_on = day_field(_("Last day"))

    def __init__(
        self, semester: Semester, data: Mapping[str, Any] | None = None, *, may_change_id: bool = True
    ) -> None:
        names = ("title", "semester_id", "starts_on", "ends_on")
        super().__init__(data, initial={name: getattr(semester, name) for name in names})
        self.semester = semester
        if wire_use.is_semester_used(semester):
            fix_id(self.fields["semester_id"])
        elif not may_change_id:
            self.fields["semester_id"].disabled = True

    def clean_semester_id(self) -> str:
        if not self.cleaned_data["semester_id"]:
            return self.semester.semester_id
        return self.clean_with("semester_id", clean_id)
