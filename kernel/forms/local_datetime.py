"""Form fields for a local date and time in the active time zone."""

from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from kernel.text.clock_changes import clock_change_note

BROWSER_FORMAT = "%Y-%m-%dT%H:%M"  # the value of <input type="datetime-local">


class LocalDateTimeInput(forms.DateTimeInput):
    """`<input type="datetime-local">`, to the minute."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"type": "datetime-local", **(attrs or {})}, format=BROWSER_FORMAT)


class LocalDateTimeSecondsInput(LocalDateTimeInput):
    """The same, with seconds when the value has some."""

    def format_value(self, value: Any) -> Any:
        if isinstance(value, datetime) and value.second:
            return value.strftime(f"{BROWSER_FORMAT}:%S")
        return super().format_value(value)


class LocalDateTimeField(forms.DateTimeField):
    """A local date and time in the active time zone; `clean` returns it in UTC.

    A time that a clock change skips is moved forward. Of a time that a clock change repeats, the first is taken. `note`
    then says so, after `clean`.

    `original` is the value with which the form was opened. When the input still shows that value, `clean` returns
    `original` itself, with its seconds, and in the right one of two repeated hours.
    """

    widget = LocalDateTimeInput
    original: datetime | None = None
    note = ""

    def to_python(self, value: Any) -> datetime | None:
        if isinstance(value, str) and value.strip():
            widget = cast(forms.DateTimeInput, self.widget)  # Django replaces the class with an instance
            if self.original and value.strip() == widget.format_value(timezone.localtime(self.original)):
                return self.original
            try:
                naive = parse_datetime(value.strip())
            except ValueError:
                naive = None
            if naive is None:
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
            typed = naive if naive.tzinfo is None else None
            if typed is not None:
                naive = naive.replace(tzinfo=timezone.get_current_timezone(), fold=0)
            try:
                moment = naive.astimezone(UTC)
                # A date in the first or last year that Python knows may not exist in another time zone.
                if not datetime.min.year < moment.year < datetime.max.year:
                    raise ValueError(moment)
                self.note = clock_change_note(typed, moment) if typed is not None else ""
                return moment
            except (OverflowError, ValueError):
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        return super().to_python(value)


def clock_change_notes(form: forms.BaseForm) -> list[str]:
    """Return a sentence for each time of a cleaned form that a clock change repeats or skips."""
    fields = form.fields.values()
    return [field.note for field in fields if isinstance(field, LocalDateTimeField) and field.note]


def keep_unchanged_datetimes(form: forms.BaseForm) -> None:
    """Make every LocalDateTimeField of the form return its initial value when the input was not changed."""
    for name, field in form.fields.items():
        if isinstance(field, LocalDateTimeField):
            field.original = form.get_initial_for_field(field, name)
