"""The pages of a course for those who see the whole class: the matrix and its live fragment, the roster."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.person_request import PersonRequest
from courses.domain import roster
from courses.forms.roster import RosterForm
from courses.models import Course, Enrolment
from courses.pages.matrix import matrix as class_matrix
from courses.pages.matrix_filters import NEVER, PUSHES, SORTS, Wish, family_order
from courses.rules import permissions
from courses.rules.statuses import FAILING, OVERDUE, STATUSES
from kernel.web.query_string import encode_query, requested_page


def get_course(request: PersonRequest, pk: int) -> Course:
    """A course this person may know of; for anybody else it does not exist."""
    found = Course.objects.visible_to(request.user).select_related("semester__teacher")
    return get_object_or_404(found, pk=pk)


def get_class(request: PersonRequest, pk: int) -> Course:
    """A course whose whole class this person may see."""
    course = get_course(request, pk)
    if not permissions.may_see_class(request.user, course):
        raise PermissionDenied
    return course


def course_matrix(request: PersonRequest, pk: int) -> HttpResponse:
    """The home of a course: the matrix, or a student's own page."""
    course = get_course(request, pk)
    if not permissions.may_see_class(request.user, course):
        return redirect("course-student", course.pk, request.user.username)
    return render(request, "courses/matrix.html", _matrix(request, course))


def matrix_fragment(request: PersonRequest, pk: int) -> HttpResponse:
    """What changed, fetched again; or what the filters ask for, whose address is the page's from then on."""
    course = get_class(request, pk)
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
            name: encode_query(group=matrix.wish.group, **wish)
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
    return encode_query(**kept | changes)


def _wish(request: PersonRequest) -> Wish:
    ask = request.GET
    return Wish(
        group=ask.get("group", ""),
        name=ask.get("name", "").strip()[:100],
        state=ask.get("state", ""),
        push=ask.get("push", "") if ask.get("push") in PUSHES else "",
        sort=ask.get("sort", "") if ask.get("sort") in SORTS else "name",
        page=requested_page(request),
    )


def course_roster(request: PersonRequest, pk: int) -> HttpResponse:
    """Everybody in the course, and a box to add lines to it: all of them, or none and the lines at fault."""
    course = get_class(request, pk)
    may_change = permissions.may_change(request.user, course)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = RosterForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _enrol(request, course, form):
        return redirect("course-roster", course.pk)
    enrolled = course.enrolments.select_related("person", "group")
    people = sorted(enrolled, key=lambda one: (one.role, family_order(one.person), one.pk))
    context = {"course": course, "people": people, "form": form, "may_change": may_change, "tab": "roster"}
    return render(request, "courses/roster.html", context, status=422 if form.errors else 200)


def roster_remove(request: PersonRequest, pk: int, enrolment_pk: int) -> HttpResponse:
    """Say what goes with a person; on POST take them out of the course."""
    course = get_class(request, pk)
    if not permissions.may_change(request.user, course):
        raise PermissionDenied
    enrolment = get_object_or_404(
        course.enrolments.select_related("person", "course__semester__teacher"), pk=enrolment_pk
    )
    if request.method == "POST":
        name = enrolment.person.display_name
        roster.remove(request.user, enrolment)
        messages.success(request, _("%(name)s is no longer in the course.") % {"name": name})
        return redirect("course-roster", course.pk)
    return render(request, "courses/roster_remove.html", {"course": course, "enrolment": enrolment})


def _enrol(request: PersonRequest, course: Course, form: RosterForm) -> bool:
    try:
        people = roster.enrol_all(request.user, course, form.lines())
    except roster.WrongLines as wrong:
        form.refuse_lines(wrong)
        return False
    said = ngettext("%(count)s student is in the course.", "%(count)s students are in the course.", len(people))
    messages.success(request, said % {"count": len(people)})
    return True


def get_enrolment(request: PersonRequest, pk: int, username: str) -> Enrolment:
    """One student's enrolment that this person may see; for anybody else it does not exist."""
    found = Enrolment.objects.select_related("course__semester__teacher", "person", "group")
    enrolment = get_object_or_404(found, course=pk, person__username=username, role=Enrolment.Role.STUDENT)
    if not permissions.may_see_student(request.user, enrolment):
        raise Http404
    return enrolment
