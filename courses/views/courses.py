"""The list of a person's courses with its live fragment, and the page that creates a course."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.person_request import PersonRequest
from courses.domain import courses
from courses.forms.courses import CourseForm
from courses.models import Course
from courses.pages.course_list import course_rows, matching_courses
from courses.pages.student_overview import live_topics, overviews_of
from courses.rules import permissions
from kernel.web.query_string import encode_query
from live import page_reload

PAGE_SIZE = 30  # staff see all courses of the school


def course_list(request: PersonRequest) -> HttpResponse:
    return render(request, "courses/list.html", _context(request))


def course_list_fragment(request: PersonRequest) -> HttpResponse:
    """The list again, after a change."""
    context = _context(request)
    return page_reload.reload_if_topics_changed(
        request, render(request, "courses/_list.html", context), context["topics"]
    )


def course_new(request: PersonRequest) -> HttpResponse:
    """Create a course: a teacher for themselves, staff for a teacher whom they choose."""
    if not permissions.may_create_courses(request.user):
        raise PermissionDenied
    form = CourseForm(request.user, request.POST or None)
    if course := form.run(lambda data: courses.create_course(request.user, **{"teacher": request.user, **data})):
        return redirect("course-tasks", course.pk)
    context = {
        "form": form,
        "semesters": request.user.semesters.order_by("-starts_on", "-pk"),
        "may_add_people": request.user.has_perm("accounts.add_user"),
    }
    return render(request, "courses/new.html", context, status=422 if form.errors else 200)


def _context(request: PersonRequest) -> dict[str, Any]:
    now = timezone.now()
    search = request.GET.get("q", "").replace("\0", "").strip()[:100]
    archived = "away" in request.GET
    visible = Course.objects.with_class_visible_to(request.user)
    listed = visible.filter(archived_at__isnull=not archived)
    if search:
        listed = matching_courses(listed, search)
    listed = listed.select_related("semester__teacher").order_by("title", "pk")
    pages = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    overviews = [] if archived or search or pages.number > 1 else overviews_of(request.user, now)
    query = encode_query(q=search, away="1" if archived else "")
    page = list(pages)
    return {
        "course_rows": course_rows(
            page,
            now,
            permissions.group_limits(request.user, page),
            permissions.changeable_keys(request.user, page),
        ),
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
