"""A moment as a form has it: a wall time in the zone that is current."""

from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime

MOMENT = "%Y-%m-%dT%H:%M"  # as a browser's datetime-local field has it


class WallInput(forms.DateTimeInput):
    """As the browser's field has it, to the minute."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"type": "datetime-local", **(attrs or {})}, format=MOMENT)


class SecondsInput(WallInput):
    """With its seconds, where there are some."""

    def format_value(self, value: Any) -> Any:
        if isinstance(value, datetime) and value.second:
            return value.strftime(f"{MOMENT}:%S")
        return super().format_value(value)


class LocalMoment(forms.DateTimeField):
    """A wall time in the reader's zone. One that the clocks skip moves forward, one that they repeat is the first.

    `had` is the moment that the form was opened with: left as it was shown, it stays, with its seconds and in whichever
    of two equal hours it lies.
    """

    widget = WallInput
    had: datetime | None = None

    def to_python(self, value: Any) -> datetime | None:
        if isinstance(value, str) and value.strip():
            widget = cast(forms.DateTimeInput, self.widget)  # an instance by now
            if self.had and value.strip() == widget.format_value(timezone.localtime(self.had)):
                return self.had
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


def keep_moments(form: forms.BaseForm) -> None:
    """Let each moment of the form that is left as it was shown stay the one it was opened with."""
    for name, field in form.fields.items():
        if isinstance(field, LocalMoment):
            field.had = form.get_initial_for_field(field, name)
