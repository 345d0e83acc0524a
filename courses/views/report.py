"""The page of one task, for those who see the class, and its live fragment. Times are those of the course's zone."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from courses import access
from courses.models import Task
from courses.states import STATES
from courses.task_report import FIRST, report
from courses.views.requests import PersonRequest
from courses.views.teacher import get_class


def task_page(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """The whole class, or for a student the page of their own."""
    try:
        return _page(request, pk, task_pk, "courses/task.html")
    except PermissionDenied:
        return redirect("task-own", pk, task_pk)


def task_fragment(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    return _page(request, pk, task_pk, "courses/_task.html")


def get_task(request: PersonRequest, pk: int, task_pk: int) -> Task:
    """A task of a course whose class this person may see."""
    course = get_class(request, pk)
    task: Task = get_object_or_404(course.tasks, pk=task_pk)
    task.course = course
    return task


def _page(request: PersonRequest, pk: int, task_pk: int, template: str) -> HttpResponse:
    task = get_task(request, pk, task_pk)
    course, state, page = task.course, request.GET.get("state", ""), request.GET.get("page", "1")
    number = int(page) if page.isdecimal() and len(page) < 6 else 1
    with timezone.override(course.timezone):
        found = report(task, timezone.now(), state=state, page=max(1, number))
        context = {
            "course": course,
            "task": task,
            "report": found,
            "states": STATES,
            "first": FIRST,
            "pages": [(one, f"state={state}&page={one}", one == number) for one in range(1, found.pages + 1)],
            "query": request.GET.urlencode(),
            "may_change": access.may_change(request.user, course),
            "tab": "tasks",
        }
        return render(request, template, context)
