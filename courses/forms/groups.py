"""The form of a group."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from courses.forms.base import CommandForm
from courses.forms.fields import fix_id, id_field
from courses.git import wire_use
from courses.models import Group
from kernel.forms.words import SentenceField
from kernel.ids import clean_id


class GroupForm(CommandForm):
    """The title and the id of a group; a new one needs a title."""

    title = SentenceField(label=_("Title"), max_length=120, help_text=_("Such as Group 1 or Tuesday morning."))
    group_id = id_field(_("Group code"), proposed_from="title")

    def __init__(self, data: Mapping[str, Any] | None = None, *, before: Group | None = None) -> None:
        super().__init__(data, initial={"title": str(before), "group_id": before.group_id} if before else {})
        self.before = before
        if before and wire_use.is_group_used(before):
            fix_id(self.fields["group_id"])

    def clean_group_id(self) -> str:
        if not self.cleaned_data["group_id"]:
            return self.before.group_id if self.before else ""
        return self.clean_with("group_id", clean_id)
