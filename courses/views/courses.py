"""The list of a person's courses with its live fragment, and the page that creates a course."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.person_request import PersonRequest
from courses.domain import courses
from courses.forms.courses import CourseForm
from courses.models import Course, CourseQuerySet
from courses.pages.course_list import course_rows
from courses.pages.student_overview import live_topics, overviews_of
from courses.rules import permissions
from kernel.text.folding import fold_for_search
from kernel.web.query_string import encode_query
from live import page_reload

PAGE_SIZE = 30  # staff see all courses of the school
SEARCHED_FIELDS = (
    "title",
    "course_id",
    "semester__title",
    "semester__semester_id",
    "semester__teacher__first_name",
    "semester__teacher__last_name",
)


def course_list(request: PersonRequest) -> HttpResponse:
    return render(request, "courses/list.html", _context(request))


def course_list_fragment(request: PersonRequest) -> HttpResponse:
    """The list again, after a change."""
    context = _context(request)
    return page_reload.reload_if_topics_changed(
        request, render(request, "courses/_list.html", context), context["topics"]
    )


def course_new(request: PersonRequest) -> HttpResponse:
    if not permissions.may_create_courses(request.user) or not request.user.is_teacher:
        raise PermissionDenied
    form = CourseForm(request.POST or None)
    if course := form.run(lambda data: courses.create_course(request.user, request.user, **data)):
        return redirect("course-tasks", course.pk)
    context = {"form": form, "semesters": request.user.semesters.order_by("-starts_on", "-pk")}
    return render(request, "courses/new.html", context, status=422 if form.errors else 200)


def _context(request: PersonRequest) -> dict[str, Any]:
    now = timezone.now()
    search = request.GET.get("q", "").replace("\0", "").strip()[:100]
    archived = "away" in request.GET
    visible = Course.objects.with_class_visible_to(request.user)
    listed = visible.filter(archived_at__isnull=not archived)
    if search:
        listed = _matching(listed, search)
    listed = listed.select_related("semester__teacher").order_by("title", "pk")
    pages = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    overviews = [] if archived or search or pages.number > 1 else overviews_of(request.user, now)
    query = encode_query(q=search, away="1" if archived else "")
    page = list(pages)
    return {
        "course_rows": course_rows(page, now),
        "overviews": overviews,
        "pages": pages,
        "search": search,
        "archived": archived,
        "has_archived": archived or visible.exclude(archived_at=None).exists(),
        "query": f"{query}&" if query else "",
        "is_long": bool(search) or pages.paginator.num_pages > 1,
        "may_create": permissions.may_create_courses(request.user),
        "topics": " ".join([f"person:{request.user.pk}", *live_topics(overviews, page)]),
    }


def _matching(queryset: CourseQuerySet, search: str) -> CourseQuerySet:
    """Return the courses that have each word of `search` in their title, id, semester or teacher's name."""
    words = fold_for_search(search).split()
    rows = queryset.values_list("pk", *SEARCHED_FIELDS)
    return queryset.filter(pk__in=[pk for pk, *names in rows if _has_all(fold_for_search("\n".join(names)), words)])


def _has_all(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)
