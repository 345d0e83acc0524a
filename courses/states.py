"""The one table of task states: which rule applies first, and the icon, word and colour a state has everywhere."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.deadlines import Due
from courses.models import Progress, RepositoryClaim, Task


@dataclass(frozen=True)
class State:
    """`key` is the word in URLs and the API; `css` the colour's class; `icon` a symbol of the sprite."""

    key: str
    word: str | Promise
    full: str | Promise
    icon: str
    css: str


DONE = State("done", _("Done"), _("Done on time"), "done", "at-done")
LATE = State("late", _("Late"), _("Done late"), "late", "at-late")
STARTED = State("started", _("Started"), _("Started"), "started", "at-started")
OVERDUE = State("overdue", _("Overdue"), _("Overdue, not done"), "overdue", "at-overdue")
EXTENDED = State("extended", _("Extended"), _("Extended, not done yet"), "extended", "at-extended")
TODO = State("todo", _("To do"), _("To do"), "todo", "at-idle")
BLOCKED = State("blocked", _("Blocked"), _("Blocked: no repository given"), "blocked", "at-idle")
FAILING = State("failing", _("Failing"), _("Repository failing"), "failing", "at-failing")
UNSYNCED = State("unsynced", _("Unseen"), _("Not synced"), "unsynced", "at-idle at-unsynced")

STATES = [DONE, LATE, STARTED, OVERDUE, EXTENDED, TODO, BLOCKED, FAILING, UNSYNCED]
BY_KEY = {state.key: state for state in STATES}
FINISHED = (DONE, LATE)


def state_of(task: Task, progress: Progress | None, due: Due, claim: RepositoryClaim | None, now: datetime) -> State:
    """The first rule that applies. `claim` is the student's repository at the task's place; only exercises need one.

    What is done stays done whatever happens to the repository; what cannot be read is not called overdue.
    """
    if progress is not None and progress.state == Progress.State.DONE:
        time = progress.completed_time
        return LATE if due.at is not None and time is not None and time > due.at.timestamp() else DONE
    if task.is_exercise and claim is not None:
        if claim.state == RepositoryClaim.State.FAILING:
            return FAILING
        if claim.state == RepositoryClaim.State.WAITING:
            return UNSYNCED
    if due.at is not None and due.at < now:
        return OVERDUE
    if due.before_extension is not None and due.before_extension < now:
        return EXTENDED
    if progress is not None and progress.state == Progress.State.STARTED:
        return STARTED
    return BLOCKED if task.is_exercise and claim is None else TODO


CLAIM_STATES = {
    RepositoryClaim.State.WAITING: State("waiting", _("Clone in progress"), _("Clone in progress"), "started", "at-started"),
    RepositoryClaim.State.CLONED: State("cloned", _("Up to date"), _("Up to date"), "done", "at-done"),
    RepositoryClaim.State.FAILING: State("failing", _("Repository failing"), _("Repository failing"), "failing", "at-failing"),
}
NO_CLAIM = State("none", _("No repository given"), _("No repository given"), "todo", "at-idle")
