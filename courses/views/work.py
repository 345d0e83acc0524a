"""A student's files for one exercise, as a page and as a ZIP. Whoever may see the student's work may read them."""

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.person_request import PersonRequest
from courses.git.exercise_work import work_of
from courses.models import Enrolment, Task
from courses.pages.work import build_work_page
from courses.rules import permissions
from courses.rules.deadlines import effective_deadline
from courses.views.lookups import get_enrolment
from gitsync.domain.exercise_work import zip_of_work
from gitsync.reading.safe_names import safe_part
from kernel.exports.download import InParts


@require_safe
def work(request: PersonRequest, pk: int, task_pk: int, username: str) -> HttpResponse:
    """Show the files at the deadline, now (`state=now`), what came after (`state=after`), or at a commit (`commit`)."""
    enrolment, task = _enrolment_and_task(request, pk, task_pk, username)
    with timezone.override(enrolment.course.timezone):
        page = build_work_page(
            enrolment,
            task,
            timezone.now(),
            state=request.GET.get("state", ""),
            sha=request.GET.get("commit", ""),
            file_name=request.GET.get("file", ""),
            all_lines=request.GET.get("lines") == "all",
        )
        context = {"course": enrolment.course, "enrolment": enrolment, "task": task, "page": page, "tab": "students"}
        context["sees_class"] = permissions.access_of(request.user, enrolment.course).limit != permissions.NOBODY
        return render(request, "courses/work.html", context)


@require_safe
def work_zip(request: PersonRequest, pk: int, task_pk: int, username: str) -> StreamingHttpResponse:
    """Stream the files at the deadline, or at a commit of the branch (`commit`)."""
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
