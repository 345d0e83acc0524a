"""The search of people for staff and teachers: whom they may find, and the courses of each person."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.domain import invitations
from accounts.models import User
from accounts.people_search import NAMES, NAMES_AND_ADDRESS
from accounts.permissions import may_administer
from courses.models import Course, Enrolment
from courses.rules.permissions import in_classes_seen_by
from kernel.database.folded import by_words, folded_fields, search_words

PAGE = 50
MOST_COURSES = 8  # of one person in a row
KINDS = {
    "": _("Everybody"),
    "student": _("Students"),
    "teacher": _("Teachers"),
    "staff": _("Staff"),
    "service": _("Service accounts"),
    "new": _("Never signed in"),
    "closed": _("Closed accounts"),
}


@dataclass(frozen=True)
class CourseOfPerson:
    """A course in which a person is, with the page that shows them there, and their role in words."""

    title: str
    href: str
    role: str


@dataclass(frozen=True)
class FoundPerson:
    """A person in the list. `is_known` says that the viewer may see more than name, user name and kind."""

    person: User
    is_known: bool
    courses: list[CourseOfPerson]
    more_courses: int
    invitation: str
    edit: str


def load_people(viewer: User, query: QueryDict) -> dict[str, Any]:
    """Return the context of the page, in a fixed number of queries. The query has `q`, `kind` and `page`."""
    search, kind = query.get("q", "").strip()[:200], query.get("kind", "")
    kind = kind if kind in KINDS else ""
    people = _of_kind(_having_words(visible_people(viewer), search), kind)
    pages = Paginator(people.order_by(*by_words("last_name", "first_name"), "pk"), PAGE)
    page = pages.get_page(query.get("page"))
    kept = query.copy()
    kept.pop("page", None)
    return {
        "page": page,
        "people": _rows(viewer, list(page)),
        "kinds": [(value, label) for value, label in KINDS.items() if viewer.is_staff or value not in ("service",)],
        "kind": kind,
        "search": search,
        "query": f"?{kept.urlencode()}&page=" if kept else "?page=",
    }


def visible_people(viewer: User) -> QuerySet[User]:
    """Return the people whom the viewer may find, with `is_known`.

    Staff find everybody. Teachers find the people of the courses that they teach. They also find, with no more than
    their names, the other teachers and the people of courses that they assist, without the students of other groups.
    Others find nobody.
    """
    if viewer.is_staff:
        return User.objects.annotate(is_known=Q(pk__gt=0))
    if not viewer.is_teacher:
        return User.objects.annotate(is_known=Q(pk__gt=0)).none()
    seen = Enrolment.objects.filter(in_classes_seen_by(viewer), person=OuterRef("pk"))
    taught = seen.filter(course__in=_taught_by(viewer).values("pk"))
    people = User.objects.annotate(is_known=Exists(taught) | Q(pk=viewer.pk)).exclude(kind=User.Kind.SERVICE)
    return people.filter(Q(is_known=True) | Q(Exists(seen)) | Q(kind=User.Kind.TEACHER, is_active=True))


def _taught_by(viewer: User) -> QuerySet[Course]:
    co_taught = Q(enrolments__person=viewer, enrolments__role=Enrolment.Role.TEACHER)
    return Course.objects.filter(Q(semester__teacher=viewer) | co_taught)


def _courses_of(viewer: User) -> QuerySet[Course]:
    return Course.objects.with_class_visible_to(viewer)


def _having_words(people: QuerySet[User], text: str) -> QuerySet[User]:
    """Keep the people with these words. Of people who are not known to the viewer, only names are searched."""
    if not (words := search_words(text)):
        return people
    people = people.alias(names=folded_fields(*NAMES), everything=folded_fields(*NAMES_AND_ADDRESS))
    for word in words:
        people = people.filter(Q(names__icontains=word) | Q(is_known=True, everything__icontains=word))
    return people


def _of_kind(people: QuerySet[User], kind: str) -> QuerySet[User]:
    if kind == "staff":
        return people.filter(is_staff=True)
    if kind == "new":
        return people.filter(Q(is_known=True), last_login=None, is_active=True).exclude(kind=User.Kind.SERVICE)
    if kind == "closed":
        return people.filter(Q(is_known=True), is_active=False)
    return people.filter(kind=kind) if kind else people


def _rows(viewer: User, people: Sequence[User]) -> list[FoundPerson]:
    courses = _courses_by_person(viewer, people)
    states = invitations.states(person for person in people if person.is_known)  # type: ignore[attr-defined]
    may_edit = viewer.is_staff and viewer.has_perm("accounts.change_user")
    return [
        FoundPerson(
            person,
            bool(person.is_known),  # type: ignore[attr-defined]
            courses[person.pk][:MOST_COURSES],
            max(0, len(courses[person.pk]) - MOST_COURSES),
            str(states[person.pk].label) if person.pk in states else "",
            person.get_absolute_url() if may_edit and may_administer(viewer, person) else "",
        )
        for person in people
    ]


def _courses_by_person(viewer: User, people: Iterable[User]) -> dict[int, list[CourseOfPerson]]:
    """Return the courses of these people that the viewer sees: those that they teach, and those in which they are.

    An assistant of groups sees the team of the course, and the students of these groups.
    """
    keys = [person.pk for person in people]
    courses: dict[int, list[CourseOfPerson]] = defaultdict(list)
    visible = _courses_of(viewer).filter(archived_at=None)
    for course in visible.filter(semester__teacher__in=keys).select_related("semester").order_by("title", "pk"):
        page = reverse("course-matrix", args=[course.pk])
        courses[course.semester.teacher_id].append(CourseOfPerson(course.title, page, str(_("Teacher"))))
    enrolments = Enrolment.objects.filter(in_classes_seen_by(viewer), person__in=keys, course__archived_at=None)
    for enrolment in enrolments.select_related("course", "person").order_by("course__title", "pk"):
        courses[enrolment.person_id].append(_course_of(enrolment))
    return courses


def _course_of(enrolment: Enrolment) -> CourseOfPerson:
    if enrolment.role == Enrolment.Role.STUDENT:
        href = reverse("course-student", args=[enrolment.course_id, enrolment.person.username])
        return CourseOfPerson(enrolment.course.title, href, "")
    href = reverse("course-roster", args=[enrolment.course_id])
    return CourseOfPerson(enrolment.course.title, href, str(enrolment.get_role_display()))
