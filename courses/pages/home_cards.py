"""What courses put on the home page (settings.HOME_CARDS): next steps, repositories, courses, deadlines."""

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.person_request import PersonRequest
from courses.models import Course
from courses.pages import student_overview
from courses.pages.course_cards import cards
from live import page_reload


def topics(request: PersonRequest) -> list[str]:
    """What these cards listen for besides the person."""
    return student_overview.topics(_desks(request), _taught(request))


def main_card(request: PersonRequest) -> SafeString | str:
    """Next steps and repositories of a student, courses of a teacher; "" for somebody in no course."""
    now = timezone.now()
    desks = _desks(request)
    found = cards(_taught(request), now)
    if not desks and not found:
        return ""
    repositories = [repository for one in desks for repository in one.repositories]
    context = {
        "topics": _listens_for(request),
        "cards": found,
        "desks": desks,
        "now": now,
        "next_items": student_overview.next_items(desks),
        "repositories": repositories,
        "missing": [one for one in repositories if student_overview.is_awaited(one, desks)],
        "broken": [repository for repository in repositories if repository.failing],
    }
    return render_to_string("courses/_home_main.html", context, request)


def aside_card(request: PersonRequest) -> SafeString | str:
    """The next deadlines of a student, hidden while there are none; "" for somebody who takes no course."""
    now = timezone.now()
    desks = _desks(request)
    context = {"coming": student_overview.coming(desks, now), "now": now, "topics": _listens_for(request)}
    return render_to_string("courses/_home_aside.html", context, request) if desks else ""


def main_fragment(request: PersonRequest) -> HttpResponse:
    return page_reload.reload_if_topics_changed(request, HttpResponse(main_card(request)), _listens_for(request))


def aside_fragment(request: PersonRequest) -> HttpResponse:
    return HttpResponse(aside_card(request))


def _listens_for(request: PersonRequest) -> str:
    return " ".join([f"person:{request.user.pk}", *topics(request)])


def _desks(request: PersonRequest) -> list[student_overview.Desk]:
    """Read once per request: both cards are made of it."""
    if not hasattr(request, "_courses_desks"):
        request._courses_desks = student_overview.desks(request.user, timezone.now())  # type: ignore[attr-defined]
    return request._courses_desks  # type: ignore[attr-defined, no-any-return]


def _taught(request: PersonRequest) -> list[Course]:
    """Read once per request too. Staff see their work elsewhere."""
    if not hasattr(request, "_courses_taught"):
        found = Course.objects.none()
        if request.user.is_teacher and not request.user.is_staff:
            found = Course.objects.with_class_visible_to(request.user).filter(archived_at=None)
        rows = list(found.select_related("semester").order_by("title", "pk"))
        request._courses_taught = rows  # type: ignore[attr-defined]
    return request._courses_taught  # type: ignore[attr-defined, no-any-return]
