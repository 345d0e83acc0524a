"""The matrix of a course, students by tasks, and its live fragment. For people who see the whole class."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.person_request import PersonRequest
from courses.models import Course
from courses.pages.live_class import live_class
from courses.pages.matrix import build_changed_rows, build_matrix
from courses.pages.matrix_filters import NEVER, PUSHES, SORTS, MatrixFilters
from courses.rules import permissions
from courses.rules.permissions import Access
from courses.rules.statuses import FAILING, OVERDUE, REMOVED, UNPROVEN, UNPROVEN_LATE, possible_statuses
from courses.views.lookups import get_class_and_access, get_course
from kernel.exports.menu import export_links
from kernel.web.query_string import encode_query, requested_page
from live import row_request


def course_matrix(request: PersonRequest, pk: int) -> HttpResponse:
    """The home page of a course: the matrix, or for a student their own page."""
    course = get_course(request, pk)
    access = permissions.access_of(request.user, course)
    if access.limit == permissions.NOBODY:
        return redirect("course-student", course.pk, request.user.username)
    return render(request, "courses/matrix.html", _context(request, course, access))


def matrix_fragment(request: PersonRequest, pk: int) -> HttpResponse:
    """The matrix again, after a change or for other filters; with `student=`, the rows that changed.

    A request of the filters also puts them into the address of the page.
    """
    course, access = get_class_and_access(request, pk)
    if (enrolment_ids := row_request.requested_rows(request, "student")) is not None:
        return _changed_rows(request, course, access, enrolment_ids)
    from_filters = request.headers.get("HX-Trigger", "").startswith("matrix-filter")
    response = render(
        request, "courses/_matrix.html", _context(request, course, access) | {"from_filters": from_filters}
    )
    if from_filters:
        query = _query(request)
        response["HX-Replace-Url"] = reverse("course-matrix", args=(course.pk,)) + (f"?{query}" if query else "")
    return response


def _changed_rows(request: PersonRequest, course: Course, access: Access, enrolment_ids: set[int]) -> HttpResponse:
    """Answer what changed for an open page.

    It has nothing of the reader, except language, time zone, the groups that they see, and their right to change.
    """
    if row_request.too_many(enrolment_ids):
        return row_request.fetch_whole()
    now, filters, drawn_at = timezone.now(), requested_filters(request), row_request.drawn_at(request)
    current = live_class(course, now)

    def draw() -> str | None:
        changed = build_changed_rows(course, current, filters, enrolment_ids, drawn_at, now, limit=access.limit)
        if changed is None:
            return None
        context = {"course": course, "changed": changed, "matrix": changed.matrix, "oob": True}
        context |= {"week": _week(course, now), "may_change": access.may_change}
        if changed.attention:
            context["attention_links"] = _attention_links(course, filters)
        return render_to_string("courses/_matrix_changed.html", context)

    minute = int(now.timestamp() // 60)
    reader = get_language(), timezone.get_current_timezone_name(), access.limit, access.may_change
    text = current.answer((reader, filters, frozenset(enrolment_ids), drawn_at, minute), draw)
    return row_request.fetch_whole() if text is None else HttpResponse(text)


def _context(request: PersonRequest, course: Course, access: Access) -> dict[str, object]:
    now = timezone.now()
    matrix = build_matrix(course, requested_filters(request), now, limit=access.limit)
    everybody = ("", _("All %(number)s") % {"number": matrix.students})
    groups = [everybody, *((group.group_id, str(group)) for group in matrix.groups)]
    return {
        "course": course,
        "matrix": matrix,
        "group_links": [(name, _query(request, group=key), key == matrix.filters.group) for key, name in groups],
        "page_links": [
            (number, _query(request, page=str(number)), number == matrix.filters.page)
            for number in range(1, matrix.pages + 1)
        ],
        "attention_links": _attention_links(course, matrix.filters),
        "statuses": possible_statuses(course),
        "may_change": access.may_change,
        "exports": [
            export_links(_("Matrix, with these filters"), "course-matrix-file", course.pk, query=_query(request)),
            export_links(_("Repositories"), "course-repositories-file", course.pk),
        ],
        "week": _week(course, now),
        "tab": "matrix",
    }


def _attention_links(course: Course, filters: MatrixFilters) -> dict[str, str]:
    """Return the query string of each card of attention: it keeps the group."""
    attention_filters = {
        "never_pushed": {"push": NEVER},
        "failing": {"state": FAILING.key},
        "overdue": {"state": OVERDUE.key},
        "removed": {"state": REMOVED.key},
        "unproven": {"state": (UNPROVEN_LATE if course.unproven_is_late else UNPROVEN).key},
    }
    return {name: encode_query(group=filters.group, **filter_) for name, filter_ in attention_filters.items()}


def _week(course: Course, now: datetime) -> int | None:
    return course.semester.week(now.astimezone(course.timezone).date())


def _query(request: PersonRequest, **changes: str) -> str:
    """Return the query string of this page with some filters changed. It leads to the first page, unless changed."""
    current = {name: request.GET.get(name, "") for name in ("name", "group", "state", "push", "sort")}
    return encode_query(**current | changes)


def requested_filters(request: PersonRequest) -> MatrixFilters:
    """Return the filters of the address; an unknown push or sort falls back to none."""
    query = request.GET
    return MatrixFilters(
        group=query.get("group", ""),
        name=query.get("name", "").strip()[:100],
        state=query.get("state", ""),
        push=query.get("push", "") if query.get("push") in PUSHES else "",
        sort=query.get("sort", "") if query.get("sort") in SORTS else "name",
        page=requested_page(request),
    )
