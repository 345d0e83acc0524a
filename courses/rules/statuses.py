"""The table of statuses, of a task for a student and of a student's repository, and the rule that computes one.

The table holds all that a page draws of a status. The template tag `status` (courses/templatetags/courses.py) draws it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import Course, Progress, StudentRepository, Task
from courses.rules.deadlines import Due


@dataclass(frozen=True, eq=False)  # each one is a constant: it is compared by identity, in any language
class Status:
    """A status of a task, or of a student's repository.

    `key` is its name in URLs and in the API. `css` is the class of its colour, `icon` the name of its drawing in
    static/icons.svg. `label` says it in full, `word` in short: only tasks have a word, for the matrix. The word is
    a part of the label, so that readers see that both mean the same state.
    """

    key: str
    css: str
    icon: str
    label: str | Promise
    word: str | Promise = ""


DONE = Status("done", "at-done", "done", _("Done on time"), _("Done"))
LATE = Status("late", "at-late", "late", _("Done late"), _("Done late"))
UNPROVEN = Status("unproven", "at-unproven", "unproven", _("On time, date not verified"), _("Not verified"))
UNPROVEN_LATE = Status("unproven-late", "at-late", "unproven", _("Late, date not verified"), _("Late"))
STARTED = Status("started", "at-started", "started", _("Started"), _("Started"))
OVERDUE = Status("overdue", "at-overdue", "overdue", _("Overdue, not done"), _("Overdue"))
EXTENDED = Status("extended", "at-extended", "extended", _("Extended, not done yet"), _("Extended"))
REMOVED = Status("removed", "at-failing", "history", _("Was done, removed by a rewrite"), _("Removed"))
TODO = Status("todo", "at-idle", "todo", _("To do"), _("To do"))
BLOCKED = Status("blocked", "at-idle", "blocked", _("Blocked: no repository given"), _("Blocked"))
FAILING = Status("failing", "at-failing", "failing", _("Repository failing"), _("Failing"))
UNSYNCED = Status("unsynced", "at-idle at-unsynced", "unsynced", _("Not synced"), _("Not synced"))

STATUSES = [DONE, UNPROVEN, UNPROVEN_LATE, LATE, REMOVED, STARTED, OVERDUE, EXTENDED, TODO, BLOCKED, FAILING, UNSYNCED]
STATUS_BY_KEY = {status.key: status for status in STATUSES}
ON_TIME = (DONE, UNPROVEN)
DONE_LATE = (LATE, UNPROVEN_LATE)
FINISHED = (*ON_TIME, *DONE_LATE)

# Of repositories alone.
WAITING = Status("waiting", "at-started", "started", _("Clone in progress"))
CLONED = Status("cloned", "at-done", "done", pgettext_lazy("repository", "Up to date"))
UNCONFIRMED = Status("unconfirmed", "at-started", "shield", _("Waits for the teacher’s confirmation"))
EMPTY = Status("empty", "at-overdue", "todo", _("Empty: no commit in it yet"))
NO_REPOSITORY = Status("none", "at-idle", "todo", _("No repository given"))
NEVER_PUSHED = Status("never-pushed", "at-overdue", "todo", _("Never pushed"))

REPOSITORY_STATUSES = {
    StudentRepository.State.WAITING: WAITING,
    StudentRepository.State.CLONED: CLONED,
    StudentRepository.State.FAILING: FAILING,
}
EVERY_STATUS = (*STATUSES, WAITING, CLONED, UNCONFIRMED, EMPTY, NO_REPOSITORY, NEVER_PUSHED)


def possible_statuses(course: Course) -> list[Status]:
    """Return the statuses that a task of the course may have, by the setting of the course."""
    other = UNPROVEN if course.unproven_is_late else UNPROVEN_LATE
    return [status for status in STATUSES if status is not other]


def done_status(completed_time: int | None, proven_time: int | None, limit: float, *, unproven_is_late: bool) -> Status:
    """Return the status of a task that is done. Times are epoch seconds; `limit` is the last time that is on time.

    `proven_time` is that of Progress. `unproven_is_late` is the setting of the course.
    """
    if completed_time is not None and completed_time > limit:
        return LATE
    if proven_time is not None and proven_time > limit:
        return UNPROVEN_LATE if unproven_is_late else UNPROVEN
    return DONE


class StoredProgress(Protocol):
    """The progress that a status is computed from. The fields are those of Progress."""

    @property
    def state(self) -> str: ...
    @property
    def completed_time(self) -> int | None: ...
    @property
    def proven_time(self) -> int | None: ...


class StoredRepository(Protocol):
    """The repository that a status is computed from. The field is that of StudentRepository."""

    @property
    def state(self) -> str: ...


def status_of(
    task: Task,
    progress: StoredProgress | None,
    due: Due,
    repository: StoredRepository | None,
    now: datetime,
    *,
    unproven_is_late: bool,
) -> Status:
    """Return the status of a task for one student: the first rule that applies wins.

    `progress` is None when the student has not begun. `repository` is the student's repository at the `repo_path` of
    the task; only exercises need one. A task that is done stays done, whatever happens to the repository. An exercise
    whose repository cannot be read is not called overdue. `unproven_is_late` is the setting of the course.
    """
    if progress is not None and progress.state == Progress.State.DONE:
        times = progress.completed_time, progress.proven_time
        return done_status(*times, due.limit, unproven_is_late=unproven_is_late)
    if progress is not None and progress.state == Progress.State.REMOVED:
        return REMOVED
    if task.is_exercise and repository is not None:
        if repository.state == StudentRepository.State.FAILING:
            return FAILING
        if repository.state == StudentRepository.State.WAITING:
            return UNSYNCED
    if due.at is not None and due.at < now:
        return OVERDUE
    if due.before_extension is not None and due.before_extension < now:
        return EXTENDED
    if progress is not None and progress.state == Progress.State.STARTED:
        return STARTED
    return BLOCKED if task.is_exercise and repository is None else TODO
