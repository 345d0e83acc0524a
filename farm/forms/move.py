"""The forms behind a drag on the timeline and the buttons of a booking's card.

Errors become Malformed refusals.
"""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from farm.models import MAX_QUANTITY
from kernel.errors import Malformed
from kernel.forms.local_datetime import LocalDateTimeField

MAX_ID = 2**31 - 1


def _whole_number_field(most: int, least: int = 0) -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=least, max_value=most)


class MoveForm(forms.Form):
    """Another span, machine or share of a booking; what is absent stays as it is."""

    start = LocalDateTimeField(required=False)
    end = LocalDateTimeField(required=False)
    version = _whole_number_field(MAX_ID)  # of the booking that the person saw
    line = _whole_number_field(MAX_ID)  # the machine whose allocation changes, in a booking of several machines
    resource = _whole_number_field(MAX_ID)  # the machine that it moves to
    gpus = _whole_number_field(MAX_QUANTITY)
    memory_gb = _whole_number_field(MAX_QUANTITY)


class FitForm(MoveForm):
    """Whether a booking, new or moved, would fit."""

    booking = _whole_number_field(MAX_ID)  # the booking that is moved; it is left out of the count
    start = LocalDateTimeField()
    end = LocalDateTimeField()


class WindowForm(forms.Form):
    """From when to when; without `start` from now, without `end` for a week."""

    start = LocalDateTimeField(required=False)
    end = LocalDateTimeField(required=False)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        start = data.get("start") or timezone.now()
        return {"start": start, "end": data.get("end") or start + timedelta(days=7)}


def cleaned(form: forms.Form) -> dict[str, Any]:
    """Return the cleaned values of a form.

    Raise Malformed with its first error and the name of that field.
    """
    if form.is_valid():
        return form.cleaned_data
    field, errors = next(iter(form.errors.items()))
    raise Malformed("invalid", str(errors[0]), field=field)
