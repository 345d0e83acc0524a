"""Notifies the person who asked for the files of a class that the ZIP is ready, or that it could not be made."""

from django.urls import reverse

from courses.models import WorkZip
from courses.notices.moments import written_later
from kernel.text.bidi import isolated
from mail.notices import notify


def notify_ended(row: WorkZip) -> None:
    """Notify once for each time that the ZIP was made. Called in the transaction that ends it."""
    course = row.task.course
    notify(
        row.asked_by,
        "courses.work_zip",
        key=f"work_zip:{row.build}",
        template="courses/mail/work_zip.txt",
        context={
            "task": isolated(row.task.title),
            "course": isolated(course.title),
            "is_ready": row.state == WorkZip.State.READY,
            "failure": WorkZip.Failure(row.failure).label if row.failure else "",
            "expires": written_later(row.expires_at, course.timezone),
            "files": row.files,
            "left_out": row.left_out,
            "without_work": row.without_work,
        },
        path=reverse("task-zips", args=(course.pk, row.task_id)),
    )
