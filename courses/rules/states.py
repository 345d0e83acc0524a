"""Which state a task has for a student: the rules, and the full words. Icon, word and colour are the kernel's table."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from courses.models import Progress, StudentRepository, Task
from courses.rules.deadlines import Due
from kernel.templatetags.atelier import STATES as LOOKS


@dataclass(frozen=True)
class State:
    """`key` is the word in URLs and the API, `full` the sentence for a name; `look` a row of the kernel's table."""

    key: str
    full: str | Promise
    look: str

    @property
    def css(self) -> str:
        return LOOKS[self.look][0]

    @property
    def icon(self) -> str:
        return LOOKS[self.look][1]

    @property
    def word(self) -> str:
        return gettext(LOOKS[self.look][2])


DONE = State("done", _("Done on time"), "done")
LATE = State("late", _("Done late"), "late")
STARTED = State("started", _("Started"), "started")
OVERDUE = State("overdue", _("Overdue, not done"), "overdue")
EXTENDED = State("extended", _("Extended, not done yet"), "extended")
TODO = State("todo", _("To do"), "todo")
BLOCKED = State("blocked", _("Blocked: no repository given"), "blocked")
FAILING = State("failing", _("Repository failing"), "failing")
UNSYNCED = State("unsynced", _("Not synced"), "unsynced")

STATES = [DONE, LATE, STARTED, OVERDUE, EXTENDED, TODO, BLOCKED, FAILING, UNSYNCED]
BY_KEY = {state.key: state for state in STATES}
FINISHED = (DONE, LATE)


def state_of(
    task: Task, progress: Progress | None, due: Due, repository: StudentRepository | None, now: datetime
) -> State:
    """The first rule that applies. `repository` is the student's repository at the task's place; only exercises need one.

    What is done stays done whatever happens to the repository; what cannot be read is not called overdue.
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


REPOSITORY_STATES = {
    StudentRepository.State.WAITING: State("waiting", _("Clone in progress"), "started"),
    StudentRepository.State.CLONED: State("cloned", pgettext_lazy("repository", "Up to date"), "done"),
    StudentRepository.State.FAILING: State("failing", _("Repository failing"), "failing"),
}
NO_REPOSITORY = State("none", _("No repository given"), "todo")
