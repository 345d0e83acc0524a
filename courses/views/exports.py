"""The tables of courses as files to download. Whoever may see a table may export it. Times in the course's zone."""

from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.exports import send_table
from accounts.person_request import PersonRequest
from courses.models import Course, Task
from courses.pages.tables.matrix_table import matrix_table
from courses.pages.tables.repositories_table import repositories_table
from courses.pages.tables.roster_table import roster_table
from courses.pages.tables.student_tables import commits_table, student_tasks_table
from courses.pages.tables.task_table import task_table
from courses.pages.tables.tasks_table import tasks_table
from courses.pages.tables.teams_table import teams_table
from courses.rules import permissions
from courses.views.lookups import (
    get_class_and_access,
    get_class_and_limit,
    get_course_with_class,
    get_enrolment,
    get_task_and_limit,
)
from courses.views.matrix import requested_filters
from kernel.exports.table import Table


@require_safe
def matrix_file(request: PersonRequest, pk: int, file_format: str) -> HttpResponseBase:
    """The students that the filters of the address leave, on all pages."""
    course, limit = get_class_and_limit(request, pk)
    filters = requested_filters(request)
    facts = {name: getattr(filters, name) for name in ("group", "name", "state", "push")}
    with timezone.override(course.timezone):
        table = matrix_table(course, filters, timezone.now(), limit=limit)
        return send_course_table(request, course, table, file_format, filters=_filled(facts))


@require_safe
def repositories_file(request: PersonRequest, pk: int, file_format: str) -> HttpResponseBase:
    course, limit = get_class_and_limit(request, pk)
    with timezone.override(course.timezone):
        return send_course_table(request, course, repositories_table(course, limit=limit), file_format)


@require_safe
def roster_file(request: PersonRequest, pk: int, file_format: str) -> HttpResponseBase:
    """The people of the course; their e-mail addresses only for people who may change it: no page shows them."""
    course, access = get_class_and_access(request, pk)
    with timezone.override(course.timezone):
        table = roster_table(course, with_addresses=access.may_change, limit=access.limit)
        return send_course_table(request, course, table, file_format)


@require_safe
def tasks_file(request: PersonRequest, pk: int, file_format: str) -> HttpResponseBase:
    course = get_course_with_class(request, pk)
    with timezone.override(course.timezone):
        return send_course_table(request, course, tasks_table(course), file_format)


@require_safe
def teams_file(request: PersonRequest, pk: int, file_format: str) -> HttpResponseBase:
    """The teams of the students whom the person sees, with their states."""
    course, limit = get_class_and_limit(request, pk)
    with timezone.override(course.timezone):
        return send_course_table(request, course, teams_table(course, timezone.now(), limit=limit), file_format)


@require_safe
def task_file(request: PersonRequest, pk: int, task_pk: int, file_format: str) -> HttpResponseBase:
    """The work of each student on a task, or each student's repository where the task asks for one."""
    (task, limit), state = get_task_and_limit(request, pk, task_pk), request.GET.get("state", "")
    with timezone.override(task.course.timezone):
        if task.asks_for == Task.Asks.REPOSITORY:
            table = repositories_table(task.course, limit=limit, repo_path=task.path, state=state)
        else:
            table = task_table(task, timezone.now(), limit=limit, state=state)
        return send_course_table(
            request, task.course, table, file_format, task=task.pk, filters=_filled({"state": state})
        )


@require_safe
def student_commits_file(request: PersonRequest, pk: int, username: str, file_format: str) -> HttpResponseBase:
    enrolment = get_enrolment(request, pk, username)
    sees_all = enrolment.team_id is None or enrolment.person_id == request.user.pk
    limit = None if sees_all else permissions.visible_groups(request.user, enrolment.course)
    with timezone.override(enrolment.course.timezone):
        table = commits_table(enrolment, timezone.now(), limit=limit)
        return send_course_table(request, enrolment.course, table, file_format, student=username)


@require_safe
def student_tasks_file(request: PersonRequest, pk: int, username: str, file_format: str) -> HttpResponseBase:
    enrolment = get_enrolment(request, pk, username)
    with timezone.override(enrolment.course.timezone):
        table = student_tasks_table(enrolment, timezone.now())
        return send_course_table(request, enrolment.course, table, file_format, student=username)


def send_course_table(
    request: PersonRequest, course: Course, table: Table, file_format: str, **facts: Any
) -> HttpResponseBase:
    """Return the file, and record in the audit log of the course who took it."""
    subject = f"course:{course.pk}"
    return send_table(request, table, file_format, command="courses.export", subject=subject, **facts)


def _filled(filters: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in filters.items() if value}
