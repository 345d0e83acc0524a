"""The box that people are pasted into: what its lines say, and what is wrong with them."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.forms import RefusableForm, labelled
from kernel.errors import Refused


class RosterForm(RefusableForm):
    people = forms.CharField(
        label=_("Students"),
        max_length=100_000,
        strip=False,  # a refusal counts the lines as they stand in the box
        widget=forms.Textarea({"rows": 5, "spellcheck": "false"}),
        help_text=_("One per line: user name, then the group after a semicolon. Twice the same line changes nothing."),
    )

    def lines(self) -> list[tuple[int, str, str | None]]:
        """(line number, user name, group) of each line that says something; the group is None where none is said."""
        found = []
        for number, line in enumerate(self.cleaned_data["people"].splitlines(), start=1):
            name, sign, group = line.partition(";")
            if line.strip():
                found.append((number, name.strip(), group.strip() if sign else None))
        return found

    def clean_people(self) -> str:
        people: str = self.cleaned_data["people"]
        if not people.strip():
            raise forms.ValidationError(self.fields["people"].error_messages["required"], "required")
        return people

    def refuse_line(self, number: int, refusal: Refused) -> None:
        words = {"username": gettext("user name"), "group": gettext("Group")}
        message = labelled(refusal, capfirst(words.get(refusal.field, refusal.field)))
        sentence = gettext("Line %(number)s: %(message)s Nobody was added.")
        self.add_error("people", sentence % {"number": number, "message": message})
