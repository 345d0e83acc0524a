"""The page where teachers and assistants ask for everybody's files of one exercise, and download the ZIP."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.audit import record
from accounts.person_request import PersonRequest
from courses.domain import work_zips
from courses.forms.work_zips import WorkZipForm
from courses.git.git_module import is_remote
from courses.models import Task, WorkZip
from courses.pages.work_zip_list import list_zips, may_end
from courses.rules.permissions import Access
from courses.views.lookups import get_task_and_access
from kernel.exports.download import FileDownload

LONGEST_NAME = 80  # characters of the name of the file


def task_zips(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """Show the ZIPs of the task and the form that asks for one. POST: `again` makes one that is ready once more."""
    task, access = _exercise_and_access(request, pk, task_pk)
    form = WorkZipForm(request.POST or None)
    again = "again" in request.POST
    row = form.run(
        lambda data: work_zips.ask(request.user, task, choice=data["choice"], limit=access.limit, again=again)
    )
    if row:
        return redirect("task-zips", pk, task_pk)
    context = _context(request, task, access) | {"form": form, "tab": "tasks", "is_remote": is_remote()}
    with timezone.override(task.course.timezone):
        return render(request, "courses/work_zips.html", context, status=422 if form.errors else 200)


@require_safe
def task_zips_fragment(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """Return the list again, after a change."""
    task, access = _exercise_and_access(request, pk, task_pk)
    with timezone.override(task.course.timezone):
        return render(request, "courses/_work_zips.html", _context(request, task, access))


@require_safe
def task_zip_file(request: PersonRequest, pk: int, task_pk: int, zip_pk: int) -> HttpResponseBase:
    """Send the file to a person who sees all students whose files it is for."""
    task, access = _exercise_and_access(request, pk, task_pk)
    row = get_object_or_404(WorkZip, pk=zip_pk, task=task)
    if not work_zips.may_read(row, work_zips.students_within(task, access.limit)):
        raise Http404
    try:
        if row.state != WorkZip.State.READY or work_zips.is_expired(row):
            raise FileNotFoundError
        file = work_zips.file_of(row).open("rb")
    except FileNotFoundError:
        messages.error(request, _("This ZIP is not here any more. Ask for it again."))
        return redirect("task-zips", pk, task_pk)
    record(request.user, "courses.export_work_zip", f"task:{task.pk}", after={"choice": row.choice, "files": row.files})
    name = slugify(f"{task.course.title} {task.path.replace('/', ' ')}", allow_unicode=True)[:LONGEST_NAME]
    day = timezone.localdate(row.ready_at, task.course.timezone)
    name = f"{name}-{row.choice}-{day}.zip"
    return FileDownload(file, as_attachment=True, filename=name, content_type="application/zip")


@require_POST
def task_zip_end(request: PersonRequest, pk: int, task_pk: int, zip_pk: int) -> HttpResponse:
    """Cancel a ZIP (`do=cancel`), or delete it (`do=delete`)."""
    task, access = _exercise_and_access(request, pk, task_pk)
    row = WorkZip.objects.filter(pk=zip_pk, task=task).first()  # one that is gone already is no error
    if row and not may_end(request.user, row, access):
        raise PermissionDenied
    if row and request.POST.get("do") == "cancel":
        work_zips.cancel(row)
    elif row and request.POST.get("do") == "delete":
        work_zips.delete(row)
    return redirect("task-zips", pk, task_pk)


def _exercise_and_access(request: PersonRequest, pk: int, task_pk: int) -> tuple[Task, Access]:
    task, access = get_task_and_access(request, pk, task_pk)
    if not task.is_exercise:
        raise Http404
    return task, access


def _context(request: PersonRequest, task: Task, access: Access) -> dict[str, Any]:
    return {
        "course": task.course,
        "task": task,
        "zips": list_zips(request.user, task, access),
        "may_change": access.may_change,
        "is_limited": access.limit is not None,
        "live_topic": f"person:{request.user.pk}",
    }
