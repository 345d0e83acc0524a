"""The files of a student in the page that shows them: the list, the lines of one file, the lines that differ."""

from dataclasses import dataclass, field

from gitsync.git.line_counts import UNREADABLE
from gitsync.git.tree_diff import Change
from gitsync.reading.archives import MAX_FILE_BYTES
from gitsync.reading.colours import Colours, Part, language_of
from gitsync.reading.contents import Content, Kind, read_content
from gitsync.reading.diffs import FileDiff, Line, diff_files
from gitsync.reading.files import File, StoreReader

MAX_LINES = 500  # of a file, until the reader asks for all of them
MAX_ALL_LINES = 10_000  # of a file in a page; a longer one can be downloaded
MAX_DIFFS = 50  # files of one page
MAX_DIFF_LINES = 2_000  # of all files of one page
MAX_LISTED = 300  # files in the list
MAX_COUNTED, MAX_COUNTED_BYTES = 60, 500_000  # files whose lines the list counts


@dataclass
class ListedFile:
    """A file in the list. `name` is its whole path, `label` the part below the common folder.

    `lines` is None where they were not counted. `insertions` and `deletions` are those between two commits.
    """

    name: str
    label: str
    lines: int | None = None
    insertions: int | None = None
    deletions: int | None = None


@dataclass
class OpenFile:
    """A file that the page shows. A line is its parts, in turn; `hidden_lines` are below the last one."""

    name: str
    content: Content
    lines: list[list[Part]] = field(default_factory=list)
    hidden_lines: int = 0
    has_colours: bool = False
    lacks_colours: bool = False  # of its language: the text is too large, or takes too long
    may_download: bool = True

    @property
    def total(self) -> int:
        return len(self.lines) + self.hidden_lines

    @property
    def shows_all_on_demand(self) -> bool:
        return self.total <= MAX_ALL_LINES


@dataclass
class ComparedFile:
    """A file that differs between two commits, with the colours of both sides; None where a side has none."""

    diff: FileDiff
    old: list[list[Part]] | None
    new: list[list[Part]] | None

    def parts(self, line: Line) -> list[Part]:
        """Return the parts of a line, with colours where they belong to the same text."""
        side, number = (self.new, line.new_number) if line.new_number else (self.old, line.old_number)
        if side is not None and number is not None and number <= len(side):
            parts = side[number - 1]
            if "".join(part.text for part in parts) == line.text:
                return parts
        return [Part("", line.text)]


def list_files(reader: StoreReader, files: list[File], chosen: File | None) -> list[ListedFile]:
    """Return the first files, and the chosen one, with the lines of the first small ones."""
    shown = files[:MAX_LISTED]
    if chosen is not None and chosen not in shown:
        shown = [*shown, chosen]
    folder = common_folder([file.name for file in files])
    listed, left = [], MAX_COUNTED_BYTES
    for index, file in enumerate(shown):
        row = ListedFile(file.name, file.name[len(folder) :])
        if index < MAX_COUNTED and left > 0 and not file.is_link and not file.is_submodule:
            try:
                size = reader.size(file)
            except UNREADABLE:
                size = left + 1
            if size <= left:
                left -= size
                content = read_content(reader, file)
                row.lines = len(content.lines) if content.kind == Kind.TEXT else None
        listed.append(row)
    return listed


def list_changes(names: list[str], diffs: list[FileDiff]) -> list[ListedFile]:
    """Return the changed files, with the lines of those that were compared."""
    folder, by_name = common_folder(names), {diff.name: diff for diff in diffs}
    listed = []
    for name in names[:MAX_LISTED]:
        diff = by_name.get(name)
        has_lines = diff is not None and bool(diff.hunks or diff.is_cut)
        listed.append(
            ListedFile(
                name,
                name[len(folder) :],
                insertions=diff.insertions if diff and has_lines else None,
                deletions=diff.deletions if diff and has_lines else None,
            )
        )
    return listed


def open_file(reader: StoreReader, file: File, colours: Colours, *, all_lines: bool) -> OpenFile:
    """Read a file, with the first lines of its text or with all of them."""
    content = read_content(reader, file)
    lines = content.lines if content.kind == Kind.TEXT else []
    shown = lines[: MAX_ALL_LINES if all_lines and len(lines) <= MAX_ALL_LINES else MAX_LINES]
    coloured = colours.lines(file.name, shown)
    return OpenFile(
        file.name,
        content,
        lines=coloured or [[Part("", line)] for line in shown],
        hidden_lines=len(lines) - len(shown),
        has_colours=coloured is not None,
        lacks_colours=bool(coloured is None and shown and language_of(file.name)),
        may_download=content.kind not in (Kind.SUBMODULE, Kind.DAMAGED) and content.size <= MAX_FILE_BYTES,
    )


def compare(reader: StoreReader, changes: list[Change], colours: Colours) -> list[ComparedFile]:
    """Return the first changed files, within the limits of one page."""
    diffs = diff_files(reader, changes, MAX_DIFFS, MAX_DIFF_LINES)
    return [
        ComparedFile(
            diff,
            *(colours.lines(diff.name, side.lines) if side and diff.hunks else None for side in (diff.old, diff.new)),
        )
        for diff in diffs
    ]


def common_folder(names: list[str]) -> str:
    """Return the folder that has all of these files, with a slash at its end; "" for the root."""
    if not names:
        return ""
    first, last = min(names), max(names)
    length = next(
        (index for index, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]),
        min(len(first), len(last)),
    )
    return first[: first.rfind("/", 0, length) + 1]
