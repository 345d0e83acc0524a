"""The form of the grade book: the rule from statuses to points, which the address of the page holds."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models import Course
from courses.rules.points import PointsRule
from kernel.forms.bootstrap import BootstrapFormMixin
from kernel.web.query_string import encode_query

SHARES = ("late", "started", "overdue", "other")
# The rule of an address without parameters.
DEFAULTS = {"points": "100", "late": "50", "started": "0", "overdue": "0", "feedback": "on"}


class ShareField(forms.IntegerField):
    """A share in per cent. Left empty, it means no grade."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=100, required=False, **options)


class GradesForm(BootstrapFormMixin, forms.Form):
    """Reads the query string of the page and of its files. `query` writes it."""

    points = forms.IntegerField(label=_("Points of a task that is done on time"), min_value=1, max_value=1_000)
    late = ShareField(label=_("Done late, per cent"))
    started = ShareField(label=_("Started, per cent"))
    overdue = ShareField(label=_("Overdue or removed, per cent"))
    other = ShareField(
        label=_("Everything else, per cent"),
        help_text=_("A task that is not begun, or whose repository cannot be read."),
    )
    group = forms.ChoiceField(label=_("Group"), required=False)
    feedback = forms.BooleanField(
        label=_("Add the state of each task as feedback"),
        required=False,
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )

    def __init__(self, course: Course, query: Mapping[str, str]) -> None:
        super().__init__(query if "points" in query else DEFAULTS)
        groups = [(group.group_id, str(group)) for group in course.groups.order_by("group_id")]
        cast(forms.ChoiceField, self.fields["group"]).choices = [("", _("All groups")), *groups]

    def rule(self) -> PointsRule:
        return PointsRule(self.cleaned_data["points"], **{name: self.cleaned_data[name] for name in SHARES})

    def query(self) -> str:
        """Return the query string of a valid form."""
        values = {name: self.cleaned_data[name] for name in ("points", *SHARES)}
        texts = {name: "" if value is None else str(value) for name, value in values.items()}
        feedback = "on" if self.cleaned_data["feedback"] else ""
        return encode_query(**texts, group=self.cleaned_data["group"], feedback=feedback)
