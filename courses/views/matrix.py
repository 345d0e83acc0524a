"""The matrix of a course, students by tasks, and its live fragment. For people who see the whole class."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.person_request import PersonRequest
from courses.models import Course
from courses.pages.matrix import matrix as class_matrix
from courses.pages.matrix_filters import NEVER, PUSHES, SORTS, Wish
from courses.rules import permissions
from courses.rules.statuses import FAILING, OVERDUE, STATUSES
from courses.views.lookups import get_course, get_course_with_class
from kernel.web.query_string import page_asked, query_of


def course_matrix(request: PersonRequest, pk: int) -> HttpResponse:
    """The home of a course: the matrix, or a student's own page."""
    course = get_course(request, pk)
    if not permissions.may_see_class(request.user, course):
        return redirect("course-student", course.pk, request.user.username)
    return render(request, "courses/matrix.html", _matrix(request, course))


def matrix_fragment(request: PersonRequest, pk: int) -> HttpResponse:
    """What changed, fetched again; or what the filters ask for, whose address is the page's from then on."""
    course = get_course_with_class(request, pk)
    asked = request.headers.get("HX-Trigger", "").startswith("matrix-filter")
    answer = render(request, "courses/_matrix.html", _matrix(request, course) | {"asked": asked})
    if asked:
        query = _ask(request)
        answer["HX-Replace-Url"] = reverse("course-matrix", args=(course.pk,)) + (f"?{query}" if query else "")
    return answer


def _matrix(request: PersonRequest, course: Course) -> dict[str, object]:
    now = timezone.now()
    matrix = class_matrix(course, _wish(request), now)
    groups = [("", _("All %(number)s") % {"number": matrix.students}), *((g.group_id, str(g)) for g in matrix.groups)]
    return {
        "course": course,
        "matrix": matrix,
        "group_links": [(name, _ask(request, group=key), key == matrix.wish.group) for key, name in groups],
        "page_links": [
            (number, _ask(request, page=str(number)), number == matrix.wish.page)
            for number in range(1, matrix.pages + 1)
        ],
        "look": {
            name: query_of(group=matrix.wish.group, **wish)
            for name, wish in {
                "silent": {"push": NEVER},
                "failing": {"state": FAILING.key},
                "overdue": {"state": OVERDUE.key},
            }.items()
        },
        "states": STATUSES,
        "may_change": permissions.may_change(request.user, course),
        "week": course.semester.week(now.astimezone(course.timezone).date()),
        "tab": "matrix",
    }


def _ask(request: PersonRequest, **changes: str) -> str:
    """The query of this page with something changed; another group begins at its first page."""
    kept = {name: request.GET.get(name, "") for name in ("name", "group", "state", "push", "sort")}
    return query_of(**kept | changes)


def _wish(request: PersonRequest) -> Wish:
    ask = request.GET
    return Wish(
        group=ask.get("group", ""),
        name=ask.get("name", "").strip()[:100],
        state=ask.get("state", ""),
        push=ask.get("push", "") if ask.get("push") in PUSHES else "",
        sort=ask.get("sort", "") if ask.get("sort") in SORTS else "name",
        page=page_asked(request),
    )
