"""The forms of the farm's admin pages."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from farm.domain import projects
from farm.domain.machines import EDITABLE
from farm.models import MAX_QUANTITY, Machine, Project
from farm.rules.machine_words import clean_values
from farm.sheets.columns import BadCell, parse_tags
from kernel.errors import Malformed, Refused
from kernel.forms.local_datetime import LocalDateTimeField
from kernel.forms.words import SentenceField


class TagsField(forms.CharField):
    """A list of words, separated by commas. The `stored` ones may stay as they are."""

    stored: Sequence[str] = ()

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        if self.stored and text == self.prepare_value(self.stored):
            return self.stored
        try:
            return parse_tags(text)
        except BadCell as error:
            raise ValidationError(str(error)) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((self.prepare_value(initial) or "") != (data or "").strip())


class MachineForm(forms.ModelForm):  # type: ignore[type-arg]
    tags = TagsField(
        label=gettext_lazy("Tags"), required=False, help_text=gettext_lazy("Words to find it by, separated by commas.")
    )

    class Meta:
        model = Machine
        fields = EDITABLE
        help_texts = {
            "scheduler_node": gettext_lazy("The name of the machine in the scheduler of the cluster. May stay empty."),
            "state": gettext_lazy("Draining: what is booked stays, and nothing new is booked. Retired: out of use."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(TagsField, self.fields["tags"]).stored = self.instance.tags

    def clean(self) -> dict[str, Any]:
        """Show errors in the machine's texts beside their fields; the command checks the texts again."""
        data = super().clean() or {}
        for name in set(data) & set(self.changed_data):
            try:
                data |= clean_values({name: data[name]})
            except Malformed as refusal:
                self.add_error(name, refusal.message)
        return data


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Project
        fields = ("name", "owners", "members")

    def clean_name(self) -> str:
        """Show the errors of the name beside it; the command checks it again."""
        try:
            return projects.checked_name(self.cleaned_data["name"], self.instance.pk)
        except Refused as refusal:
            raise ValidationError(refusal.message) from None


class EmptyForm(forms.Form):
    """For a step that asks only for confirmation."""


class ClosureForm(forms.Form):
    ALL, PART = "all", "part"
    start = LocalDateTimeField(label=gettext_lazy("From"))
    end = LocalDateTimeField(label=gettext_lazy("Until"))
    how_much = forms.ChoiceField(
        label=gettext_lazy("How much"),
        choices=[(ALL, gettext_lazy("The whole machine")), (PART, gettext_lazy("Only a part of it:"))],
        widget=forms.RadioSelect,
        initial=ALL,
    )
    gpus = forms.IntegerField(label=gettext_lazy("GPUs"), min_value=0, max_value=MAX_QUANTITY, required=False)
    memory_gb = forms.IntegerField(
        label=gettext_lazy("Memory (GB)"), min_value=0, max_value=MAX_QUANTITY, required=False
    )
    reason = SentenceField(
        label=gettext_lazy("Reason"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("It is shown on the timeline."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hour = timezone.localtime().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        self.fields["start"].initial, self.fields["end"].initial = hour, hour + timedelta(days=1)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("start"), data.get("end")
        if start and end and start >= end:
            self.add_error("end", _("The end must be after the start."))
        if end and end <= timezone.now():
            self.add_error("end", _("This is over already."))
        if data.get("how_much") == self.PART and not (data.get("gpus") or data.get("memory_gb")):
            self.add_error("gpus", _("Enter a number of GPUs or an amount of memory."))
        return data

    def values(self) -> dict[str, Any]:
        """Return the arguments of farm.domain.machines.close."""
        data = self.cleaned_data
        share = (data["gpus"] or 0, data["memory_gb"] or 0) if data["how_much"] == self.PART else (None, None)
        span = {"start": data["start"], "end": data["end"], "reason": data["reason"]}
        return span | {"gpus": share[0], "memory_gb": share[1]}


class CapacityForm(forms.Form):
    gpu_count = forms.IntegerField(label=gettext_lazy("GPUs"), min_value=0, max_value=MAX_QUANTITY)
    memory_gb = forms.IntegerField(label=gettext_lazy("Memory (GB)"), min_value=0, max_value=MAX_QUANTITY)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("gpu_count") == 0 and data.get("memory_gb") == 0:
            self.add_error("gpu_count", _("A machine has at least one GPU or some memory."))
        return data

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ReasonForm(forms.Form):
    reason = SentenceField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("It is kept in the audit log."),
    )


class SheetForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput({"accept": ".csv,.xlsx,text/csv"}),
        help_text=gettext_lazy("CSV or XLSX, at most 1 MB and 2,000 lines."),
    )
