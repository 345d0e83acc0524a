"""The booking form: which machine, how much, from when to when, for whom and what for."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from farm import wording
from farm.models import MAX_QUANTITY, Project, Resource


class LocalMoment(forms.DateTimeField):
    """A wall time in the reader's zone. One that the clocks skip moves forward, one that they repeat is the first."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        if isinstance(value, str) and value.strip():
            try:
                naive = parse_datetime(value.strip())
            except ValueError:
                naive = None
            if naive is None:
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
            if naive.tzinfo is None:
                naive = naive.replace(tzinfo=timezone.get_current_timezone(), fold=0)
            try:
                moment = naive.astimezone(UTC)
                if not datetime.min.year < moment.year < datetime.max.year:  # in another zone it may not exist
                    raise ValueError(moment)
                return moment
            except (OverflowError, ValueError):
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        return super().to_python(value)


class MachineChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Resource) -> str:
        return f"{obj.name}, {wording.size(obj)}"


class BookingForm(forms.Form):
    resource = MachineChoice(
        Resource.objects.bookable(), label=_("Machine"), required=False, empty_label=_("Any that fits")
    )
    gpus = forms.IntegerField(label=_("GPUs"), min_value=0, max_value=MAX_QUANTITY)
    memory_gb = forms.IntegerField(label=_("Memory (GB)"), min_value=0, max_value=MAX_QUANTITY)
    start = LocalMoment(label=_("Start"))
    end = LocalMoment(label=_("End"))
    project = forms.ModelChoiceField(
        Project.objects.none(), label=_("Project"), required=False, empty_label=_("Just me")
    )
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=200,
        error_messages={"required": _("Say in a few words what this is for.")},
    )

    def __init__(self, *args: Any, projects: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = Project.objects.filter(pk__in=projects)  # type: ignore[attr-defined]
        for field in self.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if select else "form-control"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("gpus") == 0 and data.get("memory_gb") == 0:
            self.add_error("gpus", _("Ask for at least one GPU or some memory."))
        if data.get("start") and data.get("end") and data["start"] >= data["end"]:
            self.add_error("end", _("The end must be after the start."))
        return data
