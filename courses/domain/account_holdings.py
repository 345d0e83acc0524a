"""What a person holds in courses, for closing their account (settings.ACCOUNT_HOLDINGS)."""

from django.db.models import Count, Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.holdings import HeldThing, Holding
from accounts.models import User
from accounts.principals import Principal
from courses.domain import roster, teaching_team
from courses.domain.courses import change_course
from courses.models import Course, Enrolment
from live.publish import publish

ARCHIVE, TRANSFER, LEAVE, REMOVE = "archive", "transfer", "leave", "remove"
Role = Enrolment.Role


def holdings(person: User) -> list[Holding]:
    """Return the open courses of the person's semesters, those that they help to teach, and their places as a student.

    Only the first need an heir: a course that the person co-teaches keeps its teacher.
    """
    return [
        Holding(
            "courses.taught",
            _("Courses that this person teaches"),
            _("These courses"),
            [_course(course) for course in _taught(person)],
            {
                LEAVE: _("Leave them open: their co-teachers and staff can change them"),
                TRANSFER: _("Leave them open, and add a teacher as a co-teacher, or somebody else as an assistant"),
                ARCHIVE: _("Archive them"),
            },
            _settle_courses,
            frozenset({TRANSFER}),
            _refresh_taught,
        ),
        Holding(
            "courses.team",
            _("Courses in which this person is a co-teacher or an assistant"),
            _("These courses"),
            [_membership(enrolment) for enrolment in _memberships(person)],
            {
                LEAVE: _("Keep the person among the teachers and assistants, marked as closed"),
                REMOVE: _("Remove the person from these courses; everything that they did there stays"),
            },
            _settle_memberships,
            refresh=_refresh_team,
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
    co_teachers = Enrolment.objects.filter(role=Role.TEACHER, person__is_active=True).select_related("person")
    rows = courses.annotate(people=Count("enrolments")).order_by("title", "pk")
    return list(rows.prefetch_related(Prefetch("enrolments", co_teachers, to_attr="co_teachers")))


def _course(course: Course) -> HeldThing:
    count = course.people  # type: ignore[attr-defined]  # annotated above
    people = ngettext("%(count)s person", "%(count)s people", count) % {"count": count}
    names = ", ".join(member.person.display_name for member in course.co_teachers)  # type: ignore[attr-defined]
    facts = [str(course.semester), people, _("co-teachers: %(names)s") % {"names": names} if names else ""]
    return HeldThing(course.title, " · ".join(filter(None, facts)), reverse("course-matrix", args=[course.pk]))


def _memberships(person: User) -> list[Enrolment]:
    rows = Enrolment.objects.filter(person=person, role__in=Enrolment.TEAM_ROLES, course__archived_at=None)
    rows = rows.select_related("course__semester__teacher", "person").prefetch_related("assisted_groups")
    return list(rows.order_by("course__title", "pk"))


def _membership(enrolment: Enrolment) -> HeldThing:
    groups = ", ".join(sorted(map(str, enrolment.assisted_groups.all())))
    facts = " · ".join(filter(None, [str(enrolment.get_role_display()), groups]))
    return HeldThing(enrolment.course.title, facts, reverse("course-team", args=[enrolment.course_id]))


def _places(person: User) -> list[Enrolment]:
    places = Enrolment.objects.filter(person=person, role=Role.STUDENT, course__archived_at=None)
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
        elif way == TRANSFER and heir:  # the semester stays the person's: the Git module knows the course by them
            role = Role.TEACHER if heir.is_teacher else Role.ASSISTANT
            teaching_team.add_to_team(actor, course, username=heir.username, role=role)


def _settle_memberships(actor: Principal, person: User, way: str, heir: User | None) -> None:
    if way == REMOVE:
        for enrolment in _memberships(person):
            teaching_team.remove_from_team(actor, enrolment)


def _settle_places(actor: Principal, person: User, way: str, heir: User | None) -> None:
    if way == REMOVE:
        for enrolment in _places(person):
            roster.remove(actor, enrolment)


def _refresh(person: User) -> None:
    """Notify the pages of the person's courses: they mark a closed account."""
    publish(*(enrolment.course.topic for enrolment in _places(person)))


def _refresh_taught(person: User) -> None:
    publish(*(course.topic for course in _taught(person)))


def _refresh_team(person: User) -> None:
    publish(*(enrolment.course.topic for enrolment in _memberships(person)))
