"""The page of one student's files for one exercise: at the deadline, now, or the lines that came after it."""

from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from courses.git.exercise_work import work_of
from courses.models import Enrolment, Task
from courses.pages.epoch_times import time_of_epoch
from courses.rules.deadlines import Due, effective_deadline
from gitsync.domain.exercise_work import ExerciseWork, WorkCommit
from gitsync.git.charsets import decode_text
from gitsync.git.failures import TransportFailed
from gitsync.reading.contents import Content, read_content
from gitsync.reading.diffs import FileDiff, diff_file
from gitsync.reading.files import File, StoreReader, Unreadable

AT_DEADLINE, NOW, AFTER = "deadline", "now", "after"
MAX_LINES = 500  # of a file, until the reader asks for all of them
MAX_DIFFS = 50  # files on the page of what came after the deadline


@dataclass
class WorkPage:
    """The files of an exercise at one commit. `state` is AT_DEADLINE, NOW, AFTER, or "" for a commit chosen by sha.

    `is_readable` is False without a repository that can be read. `commit` is None when there is none at that state.
    """

    due: Due
    state: str
    is_readable: bool = False
    commit: WorkCommit | None = None
    committed_at: datetime | None = None
    first_after: WorkCommit | None = None
    files: list[File] = field(default_factory=list)
    file: File | None = None
    content: Content | None = None
    lines: list[str] = field(default_factory=list)
    hidden_lines: int = 0
    diffs: list[FileDiff] = field(default_factory=list)
    hidden_diffs: int = 0

    @property
    def short_sha(self) -> str:
        return self.commit.sha[:7] if self.commit else ""

    @property
    def title(self) -> str:
        """The first line of the commit's message."""
        return self.commit.message.strip().partition("\n")[0] if self.commit else ""


def build_work_page(
    enrolment: Enrolment,
    task: Task,
    now: datetime,
    *,
    state: str = "",
    sha: str = "",
    file_name: str = "",
    all_lines: bool = False,
) -> WorkPage:
    """Read the page. Without a state and a sha, it is the last commit before the deadline."""
    due = effective_deadline(enrolment, task)
    page = WorkPage(due, "" if sha else state if state in {NOW, AFTER} else AT_DEADLINE)
    work = work_of(enrolment, task)
    if work is None:
        return page
    at_deadline = work.last_until(due.limit)
    page.commit = work.commit(sha) if sha else at_deadline if page.state == AT_DEADLINE else work.last
    page.first_after = next((commit for commit in work.commits if commit.at > due.limit), None)
    page.committed_at = time_of_epoch(page.commit.at if page.commit else None, now)
    try:
        with work.open() as reader:
            _read(page, work, reader, at_deadline, file_name, inf if all_lines else MAX_LINES)
            page.is_readable = True
    except (TransportFailed, Unreadable):
        page.is_readable = False
    return page


def _read(
    page: WorkPage,
    work: ExerciseWork,
    reader: StoreReader,
    at_deadline: WorkCommit | None,
    file_name: str,
    max_lines: float,
) -> None:
    if page.commit is None:
        return
    if page.state == AFTER:
        changes = reader.changes(at_deadline.sha if at_deadline else "", page.commit.sha)
        owned = [change for change in changes if work.owns(decode_text(change.path))]
        page.diffs = [diff_file(reader, change) for change in owned[:MAX_DIFFS]]
        page.hidden_diffs = len(owned) - len(page.diffs)
        return
    page.files = work.files(reader, page.commit.sha)
    page.file = next((file for file in page.files if file.name == file_name), page.files[0] if page.files else None)
    if page.file:
        page.content = read_content(reader, page.file)
        lines = page.content.lines
        page.lines = lines if len(lines) <= max_lines else lines[: int(max_lines)]
        page.hidden_lines = len(lines) - len(page.lines)
