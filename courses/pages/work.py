"""The page of one student's files for one exercise: at the deadline, now, at a commit, or between two commits."""

from dataclasses import dataclass, field
from datetime import datetime

from courses.git.exercise_work import changes_of, work_of
from courses.models import Enrolment, Progress, StudentRepository, Task
from courses.pages.student_overview import UNREAD
from courses.pages.work_commits import (
    MAX_ALL_LISTED,
    MAX_CHOICES,
    MAX_LISTED,
    Drawing,
    ListedCommit,
    commits_of_exercise,
    draw_commits,
    listed_commit,
)
from courses.pages.work_files import (
    ComparedFile,
    ListedFile,
    OpenFile,
    common_folder,
    compare,
    list_changes,
    list_files,
    open_file,
)
from courses.pages.work_query import AFTER, AT_COMMIT, AT_DEADLINE, BETWEEN, COMPARED, NOW, WorkQuery
from courses.rules.deadlines import Due, effective_deadline
from courses.rules.statuses import Status, status_of
from gitsync.domain.exercise_work import ExerciseWork, WorkCommit
from gitsync.git.charsets import decode_text
from gitsync.git.failures import TransportFailed, failure_text
from gitsync.queries.work_changes import Absence, WorkChanges
from gitsync.reading.colours import Colours
from gitsync.reading.files import StoreReader, Unreadable

REMOTE, UNREADABLE = "remote", "unreadable"  # as Absence: the Git module is elsewhere; the store is damaged or missing


@dataclass
class WorkPage:
    """The files of an exercise at `commit`, or the lines that differ between `base` and `commit`.

    `base` is None for the files before the first commit. `absence` says why nothing can be read, "" where it can, and
    `failure` is a sentence about it. `commit` is None when there is none at that state.
    """

    query: WorkQuery
    state: str
    due: Due
    now: datetime
    status: Status
    repository_url: str = ""
    absence: str = ""
    failure: str = ""
    commits: list[ListedCommit] = field(default_factory=list)
    commits_cut: bool = False
    commit: ListedCommit | None = None
    base: ListedCommit | None = None
    at_deadline: ListedCommit | None = None
    first_after: ListedCommit | None = None
    last: ListedCommit | None = None
    drawing: Drawing | None = None
    folder: str = ""
    files: list[ListedFile] = field(default_factory=list)
    total_files: int = 0
    file: OpenFile | None = None
    compared: list[ComparedFile] = field(default_factory=list)
    total_compared: int = 0

    @property
    def is_readable(self) -> bool:
        return not self.absence

    @property
    def is_compared(self) -> bool:
        return self.state in COMPARED

    @property
    def deadline_passed(self) -> bool:
        return self.due.is_before(self.now)

    @property
    def listed(self) -> list[ListedCommit]:
        """The commits in the list, newest first."""
        return self.commits[: MAX_ALL_LISTED if self.query.all_commits else MAX_LISTED]

    @property
    def unlisted(self) -> int:
        return len(self.commits) - len(self.listed)

    @property
    def choices(self) -> list[ListedCommit]:
        """The commits that a reader can compare, newest first: those of the exercise and those that are compared."""
        rows = {row.sha: row for row in (*self.commits[:MAX_CHOICES], self.commit, self.base) if row}
        return sorted(rows.values(), key=lambda row: row.at, reverse=True)

    @property
    def untouched(self) -> bool:
        """Whether there are files, and no commit of the student changed one of them until the commit shown."""
        if self.commit is None or not self.files:
            return False
        shown_at = self.commit.at
        return not any(commit.at <= shown_at for commit in self.commits)

    @property
    def hidden_files(self) -> int:
        return self.total_files - len(self.files)

    @property
    def hidden_diffs(self) -> int:
        return self.total_compared - len(self.compared)

    @property
    def neighbours(self) -> tuple[str, str]:
        """The names of the files before and after the open one in the list; "" where there is none."""
        names = [file.name for file in self.files]
        name = self.file.name if self.file else self.query.file_name
        place = names.index(name) if name in names else -1
        before = names[place - 1] if place > 0 else ""
        return before, names[place + 1] if place + 1 < len(names) else ""


def build_work_page(enrolment: Enrolment, task: Task, now: datetime, query: WorkQuery) -> WorkPage:
    """Read the page. Its first state is the last commit before the deadline; without a deadline, the last commit.

    A fixed number of queries. The time has a limit: so many files, so much text (gitsync/reading, work_files.py).
    """
    due = effective_deadline(enrolment, task)
    changes = changes_of(enrolment, task)
    page = WorkPage(
        query, query.state or (AT_DEADLINE if due.at else NOW), due, now, *_status(task, enrolment, due, now, changes)
    )
    if changes is None or changes.absence:
        page.absence = changes.absence if changes and changes.absence else REMOTE
        page.failure = failure_text(changes.reason) if changes and changes.absence == Absence.FAILING else ""
        return page
    work = work_of(enrolment, task)
    if work is None:
        page.absence = UNREADABLE
        return page
    _choose_commits(page, work, changes)
    try:
        with work.open() as reader:
            _read(page, work, reader)
    except (TransportFailed, Unreadable):
        page.absence = UNREADABLE
    return page


def _status(
    task: Task, enrolment: Enrolment, due: Due, now: datetime, changes: WorkChanges | None
) -> tuple[Status, str]:
    """Return the status of the task, and the address of the repository."""
    progress = Progress.objects.filter(task=task, enrolment=enrolment).first()
    given = StudentRepository.objects.filter(enrolment=enrolment, repo_path=task.repo_path).first()
    read = UNREAD if changes and changes.absence == Absence.HIDDEN else given
    course = enrolment.course
    status = status_of(task, progress, due, read, now, unproven_is_late=course.unproven_is_late)
    return status, given.url if given else ""


def _choose_commits(page: WorkPage, work: ExerciseWork, changes: WorkChanges) -> None:
    due, now, query = page.due, page.now, page.query

    def row(commit: WorkCommit | None) -> ListedCommit | None:
        return listed_commit(commit, due, now, changes.files.get(commit.sha, ())) if commit else None

    page.commits, page.commits_cut = commits_of_exercise(work.commits, changes, due, now), changes.is_cut
    page.at_deadline, page.last = row(work.last_until(due.limit)), row(work.last)
    page.first_after = row(next((commit for commit in work.commits if commit.at > due.limit), None))
    if page.state == AT_COMMIT:
        page.commit = row(work.commit(query.commit))
    elif page.state == AT_DEADLINE:
        page.commit = page.at_deadline
    elif page.state == BETWEEN:
        page.commit = row(work.commit(query.new)) if query.new else page.last
        earlier = [commit for commit in page.commits if page.commit and commit.at < page.commit.at]
        default = page.at_deadline if page.deadline_passed and page.at_deadline != page.commit else None
        page.base = row(work.commit(query.old)) if query.old else default or (earlier[0] if earlier else None)
    else:
        page.commit = page.last
        page.base = page.at_deadline if page.state == AFTER else None
    page.drawing = draw_commits(page.commits, page.commit, due, now)


def _read(page: WorkPage, work: ExerciseWork, reader: StoreReader) -> None:
    if page.commit is None:
        return
    colours, wanted = Colours(), page.query.file_name
    if page.is_compared:
        base = page.base.sha if page.base else ""
        changes = [change for change in reader.changes(base, page.commit.sha) if work.owns(decode_text(change.path))]
        names = [decode_text(change.path) for change in changes]
        chosen = [change for change, name in zip(changes, names, strict=True) if name == wanted] or changes
        page.compared = compare(reader, chosen, colours)
        page.files = list_changes(names, [compared.diff for compared in page.compared])
        page.total_compared, page.total_files = len(chosen), len(changes)
        page.folder = common_folder(names)
        return
    files = work.files(reader, page.commit.sha)
    file = next((file for file in files if file.name == wanted), files[0] if files else None)
    page.files, page.total_files = list_files(reader, files, file), len(files)
    page.folder = common_folder([file.name for file in files])
    if file is None:
        return
    page.file = open_file(reader, file, colours, all_lines=page.query.all_lines)
    if page.state == AT_DEADLINE and page.last and page.last != page.commit:
        changes = [change for change in reader.changes(page.commit.sha, page.last.sha) if change.path == file.path]
        page.compared, page.total_compared = compare(reader, changes, colours), len(changes)
