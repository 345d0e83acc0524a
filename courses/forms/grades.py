"""The form of the grade book: the rule from statuses to points, which the address of the page holds."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models import Course
from courses.rules.points import PointsRule
from kernel.forms.bootstrap import BootstrapFormMixin
from kernel.web.query_string import encode_query

SHARES = ("late", "started", "overdue", "other")
# The rule of an address without parameters.
DEFAULTS = {"points": "100", "late": "50", "started": "0", "overdue": "0", "feedback": "on"}


def _share(label: object, help_text: object = "") -> forms.IntegerField:
    """Return a field for a share in per cent. Left empty, it means no grade."""
    return forms.IntegerField(label=label, help_text=help_text, min_value=0, max_value=100, required=False)


class GradesForm(BootstrapFormMixin, forms.Form):
    """Reads the query string of the page and of its files. `query` writes it."""

    points = forms.IntegerField(label=_("Points of a task that is done on time"), min_value=1, max_value=1_000)
    late = _share(_("Done late, per cent"))
    started = _share(_("Started, per cent"))
    overdue = _share(_("Overdue or removed, per cent"))
    other = _share(_("Everything else, per cent"), _("A task that is not begun, or whose repository cannot be read."))
    group = forms.ChoiceField(label=_("Group"), required=False)
    feedback = forms.BooleanField(label=_("Add a column with the state of each task, as feedback"), required=False)

    def __init__(self, course: Course, query: Mapping[str, str]) -> None:
        super().__init__(query if "points" in query else DEFAULTS)
        groups = [(group.group_id, str(group)) for group in course.groups.order_by("group_id")]
        self.fields["group"] = forms.ChoiceField(
            label=_("Group"), required=False, choices=[("", _("All groups")), *groups]
        )

    def rule(self) -> PointsRule:
        return PointsRule(self.cleaned_data["points"], **{name: self.cleaned_data[name] for name in SHARES})

    def query(self) -> str:
        """Return the query string of a valid form."""
        values = {name: self.cleaned_data[name] for name in ("points", *SHARES)}
        texts = {name: "" if value is None else str(value) for name, value in values.items()}
        feedback = "on" if self.cleaned_data["feedback"] else ""
        return encode_query(**texts, group=self.cleaned_data["group"], feedback=feedback)
