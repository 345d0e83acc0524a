"""What the students' own answers mean: the progress of tasks that ask for a text or a tick.

As with events, everything here sets: an answer kept twice, or a rebuild from all of them, gives the same rows.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from courses.models import Answer, Enrolment, Progress, Task
from courses.models.work import AnswerQuerySet
from kernel.epoch import to_epoch

BATCH = 500


def count(answer: Answer) -> None:
    Progress.objects.update_or_create(enrolment=answer.enrolment, task=answer.task, defaults=_facts(answer))


def count_no_more(enrolment: Enrolment, task: Task) -> None:
    Progress.objects.filter(enrolment=enrolment, task=task).delete()


def take_up(answers: AnswerQuerySet) -> None:
    """Let those of these count that are asked for, whose tasks have no progress yet."""
    rows = answers.that_count().defer("text").order_by("pk")
    Progress.objects.bulk_create(
        (Progress(enrolment_id=row.enrolment_id, task_id=row.task_id, **_facts(row)) for row in rows), batch_size=BATCH
    )


def _facts(answer: Answer) -> dict[str, Any]:
    """Done from the first time it was given, by the second as commits are."""
    return {
        "state": Progress.State.DONE,
        "since": answer.given_at,
        "completed_time": to_epoch(answer.given_at),
        "effort": 0,
        "last_activity": None,
    }


def of_class(task: Task, students: Sequence[Enrolment]) -> dict[int, Answer]:
    """The answers of these students that count for a task, by enrolment."""
    if not task.is_answered:
        return {}
    return {row.enrolment_id: row for row in _counted(task=task, enrolment__in=students)}


def of_student(enrolment: Enrolment) -> dict[int, Answer]:
    """All of a student's that count, by task."""
    return {row.task_id: row for row in _counted(enrolment=enrolment)}


def _counted(**of: Any) -> Iterable[Answer]:
    return Answer.objects.that_count().filter(**of)
