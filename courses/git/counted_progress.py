"""Progress from completions that a rewrite removed and that a teacher counts."""

from datetime import datetime

from django.db.models import QuerySet

from courses.models import CountedCompletion, Progress


def counted_at(progress: Progress) -> datetime | None:
    """Return when a teacher decided to count the task, None when nobody did.

    The task is done by this decision alone when its `Progress.since` is equal to this time.
    """
    rows = CountedCompletion.objects.filter(enrolment=progress.enrolment_id, task=progress.task_id)
    return rows.values_list("created_at", flat=True).first()


def restore(counted: "QuerySet[CountedCompletion]") -> None:
    """Mark the tasks of these rows as done, unless a commit completes them again, and notify nobody.

    Call this after progress was deleted or rebuilt. A second call changes nothing.
    """
    for row in counted.order_by("pk"):
        values = {"completed_time": row.completed_time, "proven_time": row.proven_time}
        progress, is_new = Progress.objects.get_or_create(
            enrolment_id=row.enrolment_id,
            task_id=row.task_id,
            defaults={"state": Progress.State.DONE, "since": row.created_at, **values},
        )
        if not is_new and progress.state != Progress.State.DONE:
            progress.state, progress.since = Progress.State.DONE, row.created_at
            progress.completed_time, progress.proven_time = row.completed_time, row.proven_time
            progress.save()
