"""The page of one task, for those who see the class, and its live fragment. Times are those of the course's zone."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.person_request import PersonRequest
from courses.models import Task
from courses.pages.task_report import FIRST, report
from courses.rules import permissions
from courses.rules.statuses import STATUSES
from courses.views.matrix import get_class
from kernel.web.query_string import encode_query, requested_page


def task_page(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """The whole class, or for a student the page of their own."""
    try:
        return _page(request, pk, task_pk, "courses/task.html")
    except PermissionDenied:
        return redirect("task-own", pk, task_pk)


def task_fragment(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """What changed, fetched again; or what the filter asks for, whose address is the page's from then on."""
    answer = _page(request, pk, task_pk, "courses/_task.html")
    if request.headers.get("HX-Trigger") == "report-filter":
        query = encode_query(state=request.GET.get("state", ""))
        answer["HX-Replace-Url"] = reverse("course-task", args=(pk, task_pk)) + (f"?{query}" if query else "")
    return answer


def get_task(request: PersonRequest, pk: int, task_pk: int) -> Task:
    """A task of a course whose class this person may see."""
    course = get_class(request, pk)
    task: Task = get_object_or_404(course.tasks, pk=task_pk)
    task.course = course
    return task


def _page(request: PersonRequest, pk: int, task_pk: int, template: str) -> HttpResponse:
    task = get_task(request, pk, task_pk)
    course, state = task.course, request.GET.get("state", "")
    with timezone.override(course.timezone):
        found = report(task, timezone.now(), state=state, page=requested_page(request))
        context = {
            "course": course,
            "task": task,
            "report": found,
            "states": STATUSES,
            "first": FIRST,
            "pages": [
                (one, encode_query(state=state, page=str(one)), one == found.page) for one in range(1, found.pages + 1)
            ],
            "may_change": permissions.may_change(request.user, course),
            "tab": "tasks",
        }
        return render(request, template, context)
