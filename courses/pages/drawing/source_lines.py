"""The lines of source texts and of diffs, with the colours of their parts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.html import escape
from django.utils.safestring import SafeString

from courses.pages.drawing.matrix_rows import FOLDER
from gitsync.reading.colours import Part
from kernel.fragments.fragment import Fragment, join

if TYPE_CHECKING:
    from courses.pages.work_files import ComparedFile  # large: it reads Git objects

LINE = Fragment(f"{FOLDER}/source_line.html", "number", "code")
DIFF_LINE = Fragment(f"{FOLDER}/diff_line.html", "old", "new", "code")
PART = Fragment(f"{FOLDER}/source_part.html", "text")


def draw_source_lines(lines: Iterable[list[Part]]) -> SafeString:
    """Draw a row for each line, with its number, which is a link to the line."""
    line_html = LINE.prepared()
    return join(line_html(number=number, code=_code(parts)) for number, parts in enumerate(lines, 1))


def draw_diff_lines(compared: "ComparedFile", hunk_number: int) -> SafeString:
    """Draw a row for each line of a hunk (from 0), with its numbers on both sides and its sign."""
    return join(
        DIFF_LINE.prepared(sign=line.sign)(
            old=line.old_number or "", new=line.new_number or "", code=_code(compared.parts(line))
        )
        for line in compared.diff.hunks[hunk_number]
    )


def _code(parts: Iterable[Part]) -> SafeString:
    return join(PART.prepared(kind=part.kind)(text=part.text) if part.kind else escape(part.text) for part in parts)
