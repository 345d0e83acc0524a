"""The progress that follows from students' own answers to tasks that ask for a text or a tick.

These functions set values and never add to them: saving an answer twice, or a rebuild from all answers, gives the same
rows. `courses.git.progress` does the same for events.
"""

from typing import Any

from courses.models import Answer, Enrolment, Progress, Task
from courses.models.answers import AnswerQuerySet
from kernel.epoch import to_epoch

BATCH = 500


def save_progress(answer: Answer) -> None:
    """Mark the task of this answer as done."""
    Progress.objects.update_or_create(enrolment=answer.enrolment, task=answer.task, defaults=_progress_values(answer))


def delete_progress(enrolment: Enrolment, task: Task) -> None:
    Progress.objects.filter(enrolment=enrolment, task=task).delete()


def create_progress(answers: AnswerQuerySet) -> None:
    """Create the progress of those of these answers that count. Their tasks must have no progress yet."""
    matching = answers.matching_task().defer("text").order_by("pk")
    Progress.objects.bulk_create(
        (
            Progress(enrolment_id=answer.enrolment_id, task_id=answer.task_id, **_progress_values(answer))
            for answer in matching
        ),
        batch_size=BATCH,
    )


def _progress_values(answer: Answer) -> dict[str, Any]:
    """Return the values of a done task: done when the answer was first given, in whole seconds as for commits."""
    return {
        "state": Progress.State.DONE,
        "since": answer.given_at,
        "completed_time": to_epoch(answer.given_at),
        "effort": 0,
        "last_activity": None,
    }
