"""The status of a task for a student: the rule that computes it, and the full sentence for each status.

Icon, short word and colour of a status are in the kernel's table (`kernel.templatetags.atelier`).
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from courses.models import Progress, StudentRepository, Task
from courses.rules.deadlines import Due
from kernel.templatetags.atelier import STATES as APPEARANCES


@dataclass(frozen=True)
class Status:
    """A status of a task, or of a student's repository.

    `key` is its name in URLs and in the API, `full` the words for its accessible name, `look` the name of its
    appearance in the kernel's table.
    """

    key: str
    full: str | Promise
    look: str

    @property
    def css(self) -> str:
        return APPEARANCES[self.look][0]

    @property
    def icon(self) -> str:
        return APPEARANCES[self.look][1]

    @property
    def word(self) -> str:
        return gettext(APPEARANCES[self.look][2])


DONE = Status("done", _("Done on time"), "done")
LATE = Status("late", _("Done late"), "late")
STARTED = Status("started", _("Started"), "started")
OVERDUE = Status("overdue", _("Overdue, not done"), "overdue")
EXTENDED = Status("extended", _("Extended, not done yet"), "extended")
TODO = Status("todo", _("To do"), "todo")
BLOCKED = Status("blocked", _("Blocked: no repository given"), "blocked")
FAILING = Status("failing", _("Repository failing"), "failing")
UNSYNCED = Status("unsynced", _("Not synced"), "unsynced")

STATUSES = [DONE, LATE, STARTED, OVERDUE, EXTENDED, TODO, BLOCKED, FAILING, UNSYNCED]
STATUS_BY_KEY = {status.key: status for status in STATUSES}
FINISHED = (DONE, LATE)


def status_of(
    task: Task, progress: Progress | None, due: Due, repository: StudentRepository | None, now: datetime
) -> Status:
    """Return the status of a task for one student: the first rule that applies wins.

    `progress` is None when the student has not begun. `repository` is the student's repository at the `repo_path` of
    the task; only exercises need one. A task that is done stays done, whatever happens to the repository. An exercise
    whose repository cannot be read is not called overdue.
    """
    if progress is not None and progress.state == Progress.State.DONE:
        time = progress.completed_time
        return LATE if time is not None and time > due.limit else DONE
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


REPOSITORY_STATUSES = {
    StudentRepository.State.WAITING: Status("waiting", _("Clone in progress"), "started"),
    StudentRepository.State.CLONED: Status("cloned", pgettext_lazy("repository", "Up to date"), "done"),
    StudentRepository.State.FAILING: Status("failing", _("Repository failing"), "failing"),
}
NO_REPOSITORY = Status("none", _("No repository given"), "todo")
