"""The form of the repository that a student gives for a course."""

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.forms.base import CommandForm


class StudentRepositoryForm(CommandForm):
    """The address of a student's repository."""

    url = forms.CharField(
        label=_("Address of your repository"),
        max_length=1000,
        widget=forms.URLInput({"placeholder": _("https://github.com/you/project.git"), "spellcheck": "false"}),
        help_text=_("It starts with https://. For a private repository, the next steps appear on this page."),
    )
