"""The form of a text that a student gives for a task."""

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.forms.base import CommandForm


class AnswerForm(CommandForm):
    """A student's text. The command limits its length: `maxlength` would cut off a pasted text in silence."""

    text = forms.CharField(label=_("Your text"), required=False, strip=False, widget=forms.Textarea({"rows": 10}))
