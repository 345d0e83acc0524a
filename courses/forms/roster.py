"""The box that people are pasted into: what its lines say, and what is wrong with them."""

import re

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from courses.domain.roster import RosterLine, WrongLines
from courses.forms.course import RefusableForm, labelled

SHOWN = 20  # of the lines at fault; whoever pasted another file sees by then that it is another
SEPARATORS = re.compile(r"[;,\t]")
AROUND = "\"' \u00a0\ufeff"  # what spreadsheets put around a cell, and at the beginning of a file


class RosterForm(RefusableForm):
    people = forms.CharField(
        label=_("Students"),
        max_length=100_000,
        strip=False,  # a refusal counts the lines as they stand in the box
        widget=forms.Textarea({"rows": 12, "spellcheck": "false", "autocapitalize": "none"}),
        help_text=_(
            "One per line: user name, then the group after a semicolon, a comma or a tab. "
            "Twice the same line changes nothing."
        ),
    )

    def lines(self) -> list[RosterLine]:
        """Each line that says something, with its number in the box."""
        found = []
        for number, line in enumerate(self.cleaned_data["people"].splitlines(), start=1):
            cells = [cell.strip().strip(AROUND) for cell in SEPARATORS.split(line)]
            while len(cells) > 2 and not cells[-1]:
                cells.pop()  # the empty columns of a spreadsheet
            if any(cells):
                found.append(RosterLine(number, cells[0], ", ".join(cells[1:]) if len(cells) > 1 else None))
        return found

    def clean_people(self) -> str:
        people: str = self.cleaned_data["people"]
        if not people.strip():
            raise forms.ValidationError(self.fields["people"].error_messages["required"], "required")
        return people

    def refuse_lines(self, wrong: WrongLines) -> None:
        """Every line at fault and why, as far as it helps."""
        words = {"username": gettext("user name"), "group": gettext("Group")}
        for number, refusal in wrong.lines[:SHOWN]:
            message = labelled(refusal, capfirst(words.get(refusal.field, refusal.field)))
            sentence = gettext("Line %(number)s: %(message)s")
            self.add_error("people", sentence % {"number": number, "message": message})
        if (more := len(wrong.lines) - SHOWN) > 0:
            said = ngettext("And %(count)s more line.", "And %(count)s more lines.", more)
            self.add_error("people", said % {"count": more})
        self.add_error("people", wrong.message)
