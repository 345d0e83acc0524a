"""One file of a student's exercise as bytes, with the type in which a browser may get it."""

from typing import NamedTuple

from courses.git.exercise_work import work_of
from courses.models import Enrolment, Task
from courses.rules.deadlines import effective_deadline
from gitsync.git.failures import TransportFailed
from gitsync.git.line_counts import UNREADABLE
from gitsync.reading.archives import MAX_FILE_BYTES
from gitsync.reading.contents import BYTE_ORDER_MARKS, MAX_TEXT_BYTES, Kind, content_of
from gitsync.reading.files import Unreadable


class RawFile(NamedTuple):
    """The last part of the path, the bytes, and their type."""

    name: str
    content: bytes
    content_type: str

    @property
    def is_text(self) -> bool:
        return self.content_type.startswith("text/plain")


def read_raw_file(enrolment: Enrolment, task: Task, sha: str, file_name: str) -> RawFile | None:
    """Return a file of the exercise at a commit of the branch, at most MAX_FILE_BYTES large; None for any other.

    Without a sha it is the last commit before the deadline, without a name the first file. Of a symbolic link it is the
    name of the target. The file belongs to the exercise by the same rules as in the page.
    """
    work = work_of(enrolment, task)
    if work is None:
        return None
    commit = work.commit(sha) if sha else work.last_until(effective_deadline(enrolment, task).limit)
    if commit is None:
        return None
    try:
        with work.open() as reader:
            files = work.files(reader, commit.sha)
            file = next((file for file in files if file_name in ("", file.name)), None)
            if file is None or file.is_submodule or reader.size(file) > MAX_FILE_BYTES:
                return None
            content = reader.read(file)
    except (TransportFailed, Unreadable, *UNREADABLE):
        return None
    return RawFile(file.name.rpartition("/")[2], content, _content_type(content))


def _content_type(raw: bytes) -> str:
    """Return plain text with its charset, or a type that browsers save."""
    if len(raw) > MAX_TEXT_BYTES:
        return "application/octet-stream"
    content = content_of(raw)
    if content.kind == Kind.LFS:
        return "text/plain; charset=utf-8"
    if content.kind != Kind.TEXT:
        return "application/octet-stream"
    if content.is_utf8:
        return "text/plain; charset=utf-8"
    return f"text/plain; charset={'utf-16' if raw[:2] in BYTE_ORDER_MARKS else 'iso-8859-15'}"
