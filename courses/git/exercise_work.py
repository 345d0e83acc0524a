"""The files and commits of a student for one exercise, where the Git module is in this installation."""

from courses.git.git_module import is_remote, wire_ids
from courses.models import Enrolment, Task
from gitsync.domain import exercise_work
from gitsync.domain.exercise_work import ExerciseWork
from gitsync.queries import work_changes
from gitsync.queries.work_changes import WorkChanges


def work_of(enrolment: Enrolment, task: Task) -> ExerciseWork | None:
    """Return the work; None where there is none to read, and where the Git module is elsewhere."""
    if is_remote() or not task.is_exercise:
        return None
    return exercise_work.exercise_work(
        wire_ids(enrolment.course),
        enrolment.person.username,
        repo_path=task.repo_path,
        exercise_path=task.path,
    )


def changes_of(enrolment: Enrolment, task: Task) -> WorkChanges | None:
    """Return the files that the student's commits changed; None where the Git module is elsewhere. Two queries."""
    if is_remote():
        return None
    return work_changes.work_changes(
        wire_ids(enrolment.course),
        enrolment.person.username,
        repo_path=task.repo_path,
        exercise_path=task.path,
    )
