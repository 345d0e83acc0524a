"""What a teacher should check about one student's work: unverified dates, removed work, doubtful completions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from courses.models import Activity, Answer, CountedCompletion
from courses.pages import completion_marks
from courses.pages.completion_marks import TaskCommit
from courses.pages.student_overview import StudentOverview, StudentTask
from courses.rules.statuses import REMOVED


@dataclass(frozen=True)
class Findings:
    """The tasks of a student with something to check, in reading order; empty lists for nothing.

    `counted` has the completions that a teacher counts though a rewrite removed them. `changed_late` has each text that
    was changed after its deadline, with the time of the change.
    """

    unproven: list[StudentTask]
    removed: list[StudentTask]
    counted: list[tuple[StudentTask, CountedCompletion]]
    outside_folder: list[StudentTask]
    reverted: list[StudentTask]
    changed_late: list[tuple[StudentTask, datetime]]

    def __bool__(self) -> bool:
        return any((self.unproven, self.removed, self.counted, self.outside_folder, self.reverted, self.changed_late))


def find(overview: StudentOverview, answers: Mapping[int, Answer]) -> Findings:
    """Return what to check. `answers` are the student's, by the key of the task. Two queries."""
    commits = _commits_by_task(overview)
    done = [(task, commits.get(task.node.task.path_hash, [])) for task in overview.work if task.finished]
    changes = [(task, answers[task.node.task.pk].changed_at) for task in overview.work if task.node.task.pk in answers]
    counted = {row.task_id: row for row in CountedCompletion.objects.filter(enrolment=overview.enrolment)}
    return Findings(
        unproven=[task for task in overview.work if task.unproven],
        removed=[task for task in overview.work if task.status is REMOVED],
        counted=[(task, counted[task.node.task.pk]) for task in overview.work if task.node.task.pk in counted],
        outside_folder=[task for task, own in done if completion_marks.is_outside_folder(own)],
        reverted=[task for task, own in done if completion_marks.is_reverted(own)],
        changed_late=[(task, at) for task, at in changes if at is not None and task.due.is_before(at)],
    )


def _commits_by_task(overview: StudentOverview) -> dict[str, Sequence[TaskCommit]]:
    """Return the commits that complete a task or take a commit back, by the hash of the exercise's path."""
    rows = Activity.objects.filter(enrolment=overview.enrolment)
    rows = rows.filter(completes=True) | rows.exclude(reverts="")
    commits: dict[str, list[TaskCommit]] = {}
    for path_hash, *values in rows.order_by("at", "pk").values_list("exercise_path_hash", *TaskCommit._fields):
        commits.setdefault(path_hash, []).append(TaskCommit._make(values))
    return dict(commits)
