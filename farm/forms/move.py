"""What a drag or a button of the card asks, read out of a request: out of shape is Malformed, never an error."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from farm.models import MAX_QUANTITY
from kernel.errors import Malformed
from kernel.forms.local_datetime import LocalDateTimeField

MAX_ID = 2**31 - 1


def _whole(most: int, least: int = 0) -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=least, max_value=most)


class MoveForm(forms.Form):
    """A span, and what else of a booking should be other; what is absent stays."""

    start = LocalDateTimeField(required=False)
    end = LocalDateTimeField(required=False)
    version = _whole(MAX_ID)  # the one that was seen
    line = _whole(MAX_ID)  # which machine's line is meant, of a booking with several
    resource = _whole(MAX_ID)  # the machine that it goes to
    gpus = _whole(MAX_QUANTITY)
    memory_gb = _whole(MAX_QUANTITY)


class FitForm(MoveForm):
    booking = _whole(MAX_ID)  # left out of the count: the one that is moved
    start = LocalDateTimeField()
    end = LocalDateTimeField()


class WindowForm(forms.Form):
    """From when to when; the coming week where it does not say."""

    start = LocalDateTimeField(required=False)
    end = LocalDateTimeField(required=False)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        start = data.get("start") or timezone.now()
        return {"start": start, "end": data.get("end") or start + timedelta(days=7)}


def read(form: forms.Form) -> dict[str, Any]:
    """The values, or the first complaint as a refusal that names the field."""
    if form.is_valid():
        return form.cleaned_data
    field, errors = next(iter(form.errors.items()))
    raise Malformed("invalid", str(errors[0]), field=field)
