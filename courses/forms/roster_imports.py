"""The forms of an import of people: the file or the pasted list, and the choice of the columns."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.forms.base import CommandForm
from courses.models import RosterColumn, RosterImport
from kernel.errors import Malformed
from kernel.tables.reading import MAX_BYTES, TextLine, read_pasted_table, read_table, text_lines
from kernel.text.plain_words import shown_plainly

FIRST_LINES = 11  # lines that may be the first one with a person
SAMPLES = 3  # cells of a column that the form shows


class RosterFileForm(CommandForm):
    """A file, or a pasted list. Reading it is part of the check, so its fault stands at its field."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        allow_empty_file=True,  # the reader says what is missing
        widget=forms.FileInput({"accept": ".csv,.txt,.tsv,.xlsx,text/csv"}),
        help_text=_(
            "CSV or XLSX, at most 1 MB and 2,000 lines. Excel, LibreOffice and your school’s register write it."
        ),
    )
    people = forms.CharField(
        label=_("Or paste a list"),
        required=False,
        max_length=300_000,
        strip=False,  # the line numbers in errors count from the first line of the box
        widget=forms.Textarea({"rows": 8, "spellcheck": "false", "autocapitalize": "none"}),
        help_text=_("One person per line, such as “Ama Mensah <ama.m@school.example>, A2”, or cells of a spreadsheet."),
    )
    table_lines: list[TextLine] = []
    how = ""
    file_name = ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        upload, people = data.get("file"), data.get("people", "")
        if self.errors:
            return data
        if not upload and not people.strip():
            self.add_error("file", gettext("Choose a file, or paste a list below."))
        elif upload and people.strip():
            self.add_error("people", gettext("Choose a file or paste a list, not both."))
        else:
            self._read(upload, people)
        return data

    def _read(self, upload: Any, people: str) -> None:
        nothing = gettext("There is nobody in it: it has no line with text.")
        try:
            if not upload:
                self.table_lines = text_lines(read_pasted_table(people, nothing))
                self.file_name = gettext("Pasted list")
                return
            table = read_table(upload.read(MAX_BYTES + 1), nothing, results=True)
            self.table_lines = text_lines(table.lines)
        except Malformed as refusal:
            self.add_error("file" if upload else "people", refusal.message)
            return
        self.file_name, self.how = shown_plainly(str(upload.name)), table.how
        if table.other_sheets:
            names = ", ".join(f"“{name}”" for name in table.other_sheets[:5])
            self.how += ". " + gettext("Other sheets are not read: %(names)s.") % {"names": names}


class RosterColumnsForm(CommandForm):
    """The kind of each column of an import, and the first line with a person."""

    def __init__(self, roster_import: RosterImport, data: Any = None) -> None:
        super().__init__(data)
        self._width = len(roster_import.columns)
        choices = [("", _("Ignore")), *RosterColumn.choices]
        for index, column in enumerate(roster_import.columns):
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=_column_title(roster_import, index),
                choices=choices,
                required=False,
                initial=column,
                help_text=_samples(roster_import, index),
            )
        first_lines = [
            (index, f"{number}: {shown_plainly(', '.join(filter(None, cells))[:60])}")
            for index, (number, cells) in enumerate(roster_import.lines[:FIRST_LINES])
        ]
        self.fields["head_lines"] = forms.TypedChoiceField(
            label=_("The first line with a person"),
            choices=first_lines,
            coerce=int,
            initial=roster_import.head_lines,
        )

    def columns(self) -> list[str]:
        return [self.cleaned_data[f"column_{index}"] for index in range(self._width)]


def _column_title(roster_import: RosterImport, index: int) -> str:
    """Return the title that the file gives to a column, or its number."""
    number = gettext("Column %(number)s") % {"number": index + 1}
    head = roster_import.lines[roster_import.head_lines - 1][1] if roster_import.head_lines else []
    title = shown_plainly(head[index][:60]) if index < len(head) else ""
    return gettext("“%(title)s”") % {"title": title} if title else number


def _samples(roster_import: RosterImport, index: int) -> str:
    cells = (cells[index] for _number, cells in roster_import.people_lines if index < len(cells))
    different = list(dict.fromkeys(shown_plainly(cell[:40]) for cell in cells if cell))
    return ", ".join(different[:SAMPLES]) or gettext("empty")
