"""The form that asks for everybody's files of one exercise."""

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.forms.base import CommandForm
from courses.models import WorkZip


class WorkZipForm(CommandForm):
    choice = forms.ChoiceField(
        label=_("Which commits"),
        choices=WorkZip.Choice.choices,
        initial=WorkZip.Choice.DEADLINE,
        help_text=_("An extension and the deadline of a group count for their students."),
    )
