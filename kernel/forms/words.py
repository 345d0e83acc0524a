"""A form field for a sentence that others read."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from kernel.text.plain_words import BadWords, one_sentence


class SentenceField(forms.CharField):
    """A sentence of one line, in its one form. Characters that nobody sees are an error."""

    def to_python(self, value: Any) -> str:
        try:
            return one_sentence(super().to_python(value) or "")
        except BadWords as error:
            raise ValidationError(str(error)) from None
