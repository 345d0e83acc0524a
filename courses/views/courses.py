"""The list of a person's courses, its live fragment, and a new course."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.person_request import PersonRequest
from courses.domain import courses
from courses.forms.course import CourseForm
from courses.models import Course
from courses.pages import student_overview
from courses.pages.course_cards import cards
from courses.rules import permissions
from kernel.text.folding import fold_for_search
from kernel.web.query_string import encode_query
from live import page_reload

PAGE = 30  # courses whose whole class somebody sees; staff see those of the school
NAMES = (
    "title",
    "course_id",
    "semester__title",
    "semester__semester_id",
    "semester__teacher__first_name",
    "semester__teacher__last_name",
)


def course_list(request: PersonRequest) -> HttpResponse:
    return render(request, "courses/list.html", _list(request))


def list_fragment(request: PersonRequest) -> HttpResponse:
    """The fragment that the list fetches again when something changed."""
    context = _list(request)
    return page_reload.reload_if_topics_changed(
        request, render(request, "courses/_list.html", context), context["topics"]
    )


def _list(request: PersonRequest) -> dict[str, Any]:
    now = timezone.now()
    wanted = request.GET.get("q", "").replace("\0", "").strip()[:100]
    whole = Course.objects.with_class_visible_to(request.user)
    away = "away" in request.GET
    taught = whole.filter(archived_at__isnull=not away)
    found = _named(taught, wanted) if wanted else taught
    found = found.select_related("semester__teacher").order_by("title", "pk")
    pages = Paginator(found, PAGE).get_page(request.GET.get("page"))
    desks = [] if away or wanted or pages.number > 1 else student_overview.desks(request.user, now)
    query = encode_query(q=wanted, away="1" if away else "")
    courses = list(pages)
    return {
        "cards": cards(courses, now),
        "desks": desks,
        "pages": pages,
        "wanted": wanted,
        "away": away,
        "has_away": away or whole.exclude(archived_at=None).exists(),
        "query": f"{query}&" if query else "",
        "is_long": bool(wanted) or pages.paginator.num_pages > 1,
        "may_create": permissions.may_create_courses(request.user),
        "topics": " ".join([f"person:{request.user.pk}", *student_overview.topics(desks, courses)]),
    }


def _named(courses: Any, words: str) -> Any:
    """Those with each of the words in their title or id, their semester's, or their teacher's name."""
    wanted = fold_for_search(words).split()
    rows = courses.values_list("pk", *NAMES)
    return courses.filter(pk__in=[pk for pk, *names in rows if _has(fold_for_search("\n".join(names)), wanted)])


def _has(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)


def course_new(request: PersonRequest) -> HttpResponse:
    if not permissions.may_create_courses(request.user) or not request.user.is_teacher:
        raise PermissionDenied
    form = CourseForm(request.POST or None)
    if course := form.carry_out(lambda data: courses.create_course(request.user, request.user, **data)):
        return redirect("course-tasks", course.pk)
    context = {"form": form, "semesters": request.user.semesters.order_by("-starts_on", "-pk")}
    return render(request, "courses/new.html", context, status=422 if form.errors else 200)
