"""The form of the roster: lines with user names and groups that people paste, and the errors of the wrong lines."""

import re

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from courses.domain.roster import RosterLine, WrongLines
from courses.forms.base import CommandForm, message_with_label

MAX_ERRORS = 20  # so many wrong lines show that somebody pasted the wrong file
SEPARATORS = re.compile(r"[;,\t]")
PADDING = "\"' \u00a0\ufeff"  # spreadsheets put these around a cell and at the beginning of a file


class RosterForm(CommandForm):
    people = forms.CharField(
        label=_("Students"),
        max_length=100_000,
        strip=False,  # the line numbers in errors count from the first line of the box
        widget=forms.Textarea({"rows": 12, "spellcheck": "false", "autocapitalize": "none"}),
        help_text=_(
            "People who have an account, one per line: user name, then the group after a semicolon, a comma or a tab. "
            "New people come with a file or a pasted list: the button above."
        ),
    )

    def lines(self) -> list[RosterLine]:
        """Return the lines that are not empty, with their numbers in the box."""
        lines = []
        for number, line in enumerate(self.cleaned_data["people"].splitlines(), start=1):
            cells = [cell.strip().strip(PADDING) for cell in SEPARATORS.split(line)]
            while len(cells) > 2 and not cells[-1]:
                cells.pop()  # the empty columns of a spreadsheet
            if any(cells):
                lines.append(RosterLine(number, cells[0], ", ".join(cells[1:]) if len(cells) > 1 else None))
        return lines

    def clean_people(self) -> str:
        people: str = self.cleaned_data["people"]
        if not people.strip():
            raise forms.ValidationError(self.fields["people"].error_messages["required"], "required")
        return people

    def add_line_errors(self, wrong: WrongLines) -> None:
        """Show the error of each wrong line, for the first MAX_ERRORS lines, and how many more are wrong."""
        labels = {"username": gettext("user name"), "group": gettext("Group")}
        for number, refusal in wrong.lines[:MAX_ERRORS]:
            message = message_with_label(refusal, capfirst(labels.get(refusal.field, refusal.field)))
            sentence = gettext("Line %(number)s: %(message)s")
            self.add_error("people", sentence % {"number": number, "message": message})
        if (more := len(wrong.lines) - MAX_ERRORS) > 0:
            sentence = ngettext("And %(count)s more line.", "And %(count)s more lines.", more)
            self.add_error("people", sentence % {"count": more})
        self.add_error("people", wrong.message)
