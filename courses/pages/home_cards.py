"""The cards of courses on the home page (settings.HOME_CARDS): next steps, repositories, courses, deadlines."""

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.person_request import PersonRequest
from courses.models import Course
from courses.pages import next_steps
from courses.pages.course_list import course_rows
from courses.pages.student_overview import StudentOverview, live_topics, overviews_of
from courses.rules import permissions
from live import page_reload


def topics(request: PersonRequest) -> list[str]:
    """Return the topics that these cards follow besides the person's own."""
    return live_topics(_overviews(request), _taught_courses(request))


def main_card(request: PersonRequest) -> SafeString | str:
    """Draw the next steps and repositories of a student, and the courses of a teacher; "" without any course."""
    now = timezone.now()
    overviews = _overviews(request)
    taught = _taught_courses(request)
    limits = permissions.group_limits(request.user, taught)
    rows = course_rows(taught, now, limits, permissions.changeable_keys(request.user, taught))
    if not overviews and not rows:
        return ""
    repositories = [repository for overview in overviews for repository in overview.repositories]
    context = {
        "topics": _all_topics(request),
        "course_rows": rows,
        "overviews": overviews,
        "now": now,
        "next_tasks": next_steps.next_tasks(overviews),
        "repositories": repositories,
        "missing": [repository for repository in repositories if next_steps.is_missing(repository, overviews)],
        "broken": [repository for repository in repositories if repository.failing],
    }
    return render_to_string("courses/_home_main.html", context, request)


def aside_card(request: PersonRequest) -> SafeString | str:
    """Draw the next deadlines of a student, hidden while there are none; "" for a person who takes no course."""
    now = timezone.now()
    overviews = _overviews(request)
    if not overviews:
        return ""
    upcoming = next_steps.upcoming_deadlines(overviews, now)
    context = {"upcoming": upcoming, "now": now, "topics": _all_topics(request)}
    return render_to_string("courses/_home_aside.html", context, request)


def main_fragment(request: PersonRequest) -> HttpResponse:
    return page_reload.reload_if_topics_changed(request, HttpResponse(main_card(request)), _all_topics(request))


def aside_fragment(request: PersonRequest) -> HttpResponse:
    return HttpResponse(aside_card(request))


def _all_topics(request: PersonRequest) -> str:
    return " ".join([f"person:{request.user.pk}", *topics(request)])


def _overviews(request: PersonRequest) -> list[StudentOverview]:
    """Return the courses that this person takes, read once per request: both cards use them."""
    if not hasattr(request, "_courses_overviews"):
        overviews = overviews_of(request.user, timezone.now())
        request._courses_overviews = overviews  # type: ignore[attr-defined]
    return request._courses_overviews  # type: ignore[attr-defined, no-any-return]


def _taught_courses(request: PersonRequest) -> list[Course]:
    """Return the courses that a person teaches or assists, read once per request. Staff may see others too."""
    if not hasattr(request, "_courses_taught"):
        courses = Course.objects.taught_or_assisted_by(request.user).filter(archived_at=None)
        rows = list(courses.select_related("semester__teacher").order_by("title", "pk"))
        request._courses_taught = rows  # type: ignore[attr-defined]
    return request._courses_taught  # type: ignore[attr-defined, no-any-return]
