"""The page of one task for people who see the whole class, and its live fragment. Times in the course's zone."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.person_request import PersonRequest
from courses.models import Task
from courses.pages.repository_report import STATES, RepositoryReport, build_repository_report
from courses.pages.task_report import LIST_LIMIT, Report, build_report
from courses.rules.statuses import possible_statuses
from courses.views.lookups import get_task_and_access
from kernel.exports.menu import export_links
from kernel.web.query_string import encode_query, requested_page


def task_page(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """Show the report of the task; lead a student to their own page of it."""
    try:
        return _page(request, pk, task_pk, "courses/task.html")
    except PermissionDenied:
        return redirect("task-own", pk, task_pk)


def task_fragment(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """The report again, after a change or for another filter.

    A request of the filter also puts it into the address of the page.
    """
    response = _page(request, pk, task_pk, "courses/_task.html")
    if request.headers.get("HX-Trigger") == "report-filter":
        query = encode_query(state=request.GET.get("state", ""))
        response["HX-Replace-Url"] = reverse("course-task", args=(pk, task_pk)) + (f"?{query}" if query else "")
    return response


def _page(request: PersonRequest, pk: int, task_pk: int, template: str) -> HttpResponse:
    task, access = get_task_and_access(request, pk, task_pk)
    course, state = task.course, request.GET.get("state", "")
    with timezone.override(course.timezone):
        asks_for_repository, page = task.asks_for == Task.Asks.REPOSITORY, requested_page(request)
        report: Report | RepositoryReport
        if asks_for_repository:
            report = build_repository_report(task, limit=access.limit, state=state, page=page)
        else:
            report = build_report(task, timezone.now(), limit=access.limit, state=state, page=page)
        page_links = [
            (number, encode_query(state=state, page=str(number)), number == report.page)
            for number in range(1, report.pages + 1)
        ]
        context = {
            "course": course,
            "task": task,
            "report": report,
            "asks_for_repository": asks_for_repository,
            "statuses": STATES if asks_for_repository else possible_statuses(course),
            "list_limit": LIST_LIMIT,
            "exports": [
                export_links(_("Everybody"), "course-task-file", pk, task_pk, query=encode_query(state=state)),
            ],
            "pages": page_links,
            "may_change": access.may_change,
            "may_extend": access.may_extend,
            "may_override": access.may_override,
            "tab": "tasks",
        }
        return render(request, template, context)
