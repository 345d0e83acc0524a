"""The form that warns of a starter repository that students gave as their own."""

from django import forms
from django.utils.translation import gettext as _

from courses.forms.base import CommandForm
from courses.git import starters
from courses.models import Course
from kernel.errors import Malformed

AGREED = "agreed_starter"  # the button that saves such a starter all the same


class StarterForm(CommandForm):
    """A form with the field `starter_url`. `starter_to_agree` is the address that it warned of, or ""."""

    course: Course
    saved_starter_url = ""
    starter_to_agree = ""

    def clean_starter_url(self) -> str:
        """Show a warning as an error, until the form is sent with the same address in AGREED.

        All commits of a student's own repository would complete nothing, for every student.
        """
        typed: str = self.cleaned_data["starter_url"]
        try:
            url = starters.clean_starter_url(typed)
        except Malformed:
            return typed  # the command says what is wrong with it
        if url in ("", self.saved_starter_url, self.data.get(AGREED)):
            return typed
        if students := starters.students_with_repository(self.course, url):
            self.starter_to_agree = url
            sentence = _(
                "This is the repository of %(students)s in this course. As the starter, all its commits would complete "
                "nothing, also theirs. Nothing was saved."
            )
            raise forms.ValidationError(sentence % {"students": ", ".join(students)})
        return typed
