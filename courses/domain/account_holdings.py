"""What a person holds in courses, for closing their account (settings.ACCOUNT_HOLDINGS)."""

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.holdings import HeldThing, Holding
from accounts.models import User
from accounts.principals import Principal
from courses.domain import roster
from courses.domain.courses import change_course
from courses.models import Course, Enrolment
from live.publish import publish

ARCHIVE, TRANSFER, LEAVE, REMOVE = "archive", "transfer", "leave", "remove"
# The role of the person who gets a course. The teacher of its semester stays: the Git module knows the course by them.
HEIR_ROLE = Enrolment.Role.ASSISTANT


def holdings(person: User) -> list[Holding]:
    """Return the open courses that the person teaches, and their places in courses with their repositories."""
    return [
        Holding(
            "courses.taught",
            _("Courses that this person teaches"),
            _("These courses"),
            [_course(course) for course in _taught(person)],
            {
                LEAVE: _("Leave them open: staff can change them"),
                TRANSFER: _("Leave them open, and add somebody as an assistant who follows the class"),
                ARCHIVE: _("Archive them"),
            },
            _settle_courses,
            frozenset({TRANSFER}),
        ),
        Holding(
            "courses.places",
            _("Places in courses"),
            _("These places"),
            [_place(enrolment) for enrolment in _places(person)],
            {
                LEAVE: _("Keep them, marked as closed, with everything that was handed in"),
                REMOVE: _("Remove the person from these courses, with what was read from their repositories"),
            },
            _settle_places,
            refresh=_refresh,
        ),
    ]


def _taught(person: User) -> list[Course]:
    courses = Course.objects.filter(semester__teacher=person, archived_at=None).select_related("semester__teacher")
    return list(courses.annotate(people=Count("enrolments")).order_by("title", "pk"))


def _course(course: Course) -> HeldThing:
    count = course.people  # type: ignore[attr-defined]  # annotated above
    people = ngettext("%(count)s person", "%(count)s people", count) % {"count": count}
    return HeldThing(course.title, f"{course.semester} · {people}", reverse("course-matrix", args=[course.pk]))


def _places(person: User) -> list[Enrolment]:
    places = Enrolment.objects.filter(person=person, course__archived_at=None)
    rows = places.select_related("course__semester__teacher", "group", "person")
    return list(rows.annotate(repositories=Count("student_repositories")).order_by("course__title", "pk"))


def _place(enrolment: Enrolment) -> HeldThing:
    count = enrolment.repositories  # type: ignore[attr-defined]  # annotated above
    facts = [
        str(enrolment.get_role_display()),
        str(enrolment.group or ""),
        ngettext("%(count)s repository", "%(count)s repositories", count) % {"count": count} if count else "",
    ]
    address = reverse("course-roster", args=[enrolment.course_id])
    return HeldThing(enrolment.course.title, " · ".join(filter(None, facts)), address)


def _settle_courses(actor: Principal, person: User, way: str, heir: User | None) -> None:
    for course in _taught(person):
        if way == ARCHIVE:
            change_course(actor, course, archived=True)
        elif way == TRANSFER and heir:
            roster.enrol(actor, course, username=heir.username, group_id=None, role=HEIR_ROLE)


def _settle_places(actor: Principal, person: User, way: str, heir: User | None) -> None:
    if way == REMOVE:
        for enrolment in _places(person):
            roster.remove(actor, enrolment)


def _refresh(person: User) -> None:
    """Notify the pages of the person's courses: they mark a closed account."""
    publish(*(enrolment.course.topic for enrolment in _places(person)))
