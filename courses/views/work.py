"""A student's files for one exercise: the page, one file, the ZIP. Whoever may see the student's work may read them.

What reads Git objects is imported on first use: it is large, and most requests need none of it.
"""

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.person_request import PersonRequest
from courses.models import Enrolment, Task
from courses.pages.work_pager import student_pager
from courses.pages.work_query import WorkQuery
from courses.rules import permissions
from courses.rules.deadlines import effective_deadline
from courses.views.lookups import get_enrolment
from gitsync.reading.safe_names import safe_part
from kernel.exports.download import InParts


@require_safe
def work(request: PersonRequest, pk: int, task_pk: int, username: str) -> HttpResponse:
    """Show the files, or the lines that differ between two commits (courses/pages/work_query.py has the parameters)."""
    from courses.pages.work import build_work_page

    enrolment, task = _enrolment_and_task(request, pk, task_pk, username)
    query = WorkQuery.read(request.GET)
    access = permissions.access_of_reader(request.user, enrolment)
    sees_class = access.limit != permissions.NOBODY
    with timezone.override(enrolment.course.timezone):
        context = {
            "course": enrolment.course,
            "enrolment": enrolment,
            "task": task,
            "page": build_work_page(enrolment, task, timezone.now(), query),
            "pager": student_pager(enrolment, access.limit, query.group) if sees_class else None,
            "sees_class": sees_class,
            "mine": enrolment.person_id == request.user.pk,
            "may_change": access.may_change,
            "tab": "tasks",
        }
        return render(request, "courses/work.html", context)


@require_safe
def work_file(request: PersonRequest, pk: int, task_pk: int, username: str) -> HttpResponse:
    """Send one file of the exercise (`file`) as it is at a commit of the branch (`commit`).

    Text is shown, in a type that no browser runs. Everything else is a download.
    """
    from courses.pages.raw_file import read_raw_file

    enrolment, task = _enrolment_and_task(request, pk, task_pk, username)
    raw = read_raw_file(enrolment, task, request.GET.get("commit", ""), request.GET.get("file", ""))
    if raw is None:
        raise Http404
    response = HttpResponse(raw.content, content_type=raw.content_type)
    name = safe_part(raw.name) or "file"
    response["Content-Disposition"] = content_disposition_header(not raw.is_text, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def work_zip(request: PersonRequest, pk: int, task_pk: int, username: str) -> StreamingHttpResponse:
    """Stream the files at the deadline, or at a commit of the branch (`commit`)."""
    from courses.git.exercise_work import work_of
    from gitsync.domain.exercise_work import zip_of_work

    enrolment, task = _enrolment_and_task(request, pk, task_pk, username)
    student_work = work_of(enrolment, task)
    sha = request.GET.get("commit", "")
    if student_work is None:
        raise Http404
    commit = student_work.commit(sha) if sha else student_work.last_until(effective_deadline(enrolment, task).limit)
    if commit is None:
        raise Http404
    name = safe_part(f"{task.path.strip('/').replace('/', '-')}-{username}-{commit.sha[:7]}").replace('"', "_")
    response = InParts(zip_of_work(student_work, commit.sha), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name.encode("ascii", "replace").decode()}.zip"'
    return response


def _enrolment_and_task(request: PersonRequest, pk: int, task_pk: int, username: str) -> tuple[Enrolment, Task]:
    enrolment = get_enrolment(request, pk, username)
    task: Task = get_object_or_404(enrolment.course.tasks, pk=task_pk)
    if not task.is_exercise:
        raise Http404
    return enrolment, task
