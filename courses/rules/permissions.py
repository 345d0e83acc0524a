"""Who may see and do what in a course. Pages, API, fragments and exports use these functions and no other rule.

                                  anonymous  stranger  classmate  student  assistant  co-teacher  teacher  staff
  know of the course                  -         -          x         x         x          x          x       x
  see the class                       -         -          -         -         g          x          x       x
  see one student's work              -         -          -         x         g          x          x       x
  grant and withdraw extensions       -         -          -         -        g,s         x          x       x
  count removed work                  -         -          -         -        g,s         x          x       x
  change the course and its people    -         -          -         -         -          x          x       x
  change the semester's title, days   -         -          -         -         -          x          x       x
  delete the semester, change its id  -         -          -         -         -          -          x       x
  give their repository               -         -          -         x         -          -          -       -
  answer a task                       -         -          -         x         -          -          -       -

  g  An assistant of groups sees and does this for the students of these groups only.
  s  Only where the settings of the course let assistants do it.

The teacher is the teacher of the semester. A co-teacher may do in the course what the teacher may. Tasks, group
deadlines, people, co-teachers and assistants are parts of the course. Its semester stays the teacher's: other courses
may be in it, and the Git module knows it by the teacher's name, so nobody can hand it over to another teacher.

A stranger is any other person who is signed in: a student who is not in the course, or the teacher of another course.
These functions refuse programs; the API decides what programs may do (courses/api/permissions.py).
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from accounts.models import User
from accounts.principals import TrustedPeer
from courses.models import Course, Enrolment, Semester
from kernel.database.compiled import CompiledQuery

Caller: TypeAlias = User | TrustedPeer | AnonymousUser
"""Whoever sends a request. A trusted peer and an anonymous visitor have no account: their `pk` is None."""

GroupLimit: TypeAlias = frozenset[int] | None
"""The keys of the groups whose students somebody sees; None for all students, also for those without a group."""

NOBODY: frozenset[int] = frozenset()
MEMBERSHIP = CompiledQuery(
    lambda course, person: Enrolment.objects.filter(course=course, person=person).values_list("role", "assisted_groups")
)


class Membership(NamedTuple):
    """A person's place in a course. `role` is "" for a person who has none."""

    role: str = ""
    assisted_groups: frozenset[int] = NOBODY


class Access(NamedTuple):
    """The answers of `visible_groups`, `may_change`, `may_extend` and `may_override` for a person in a course."""

    limit: GroupLimit = NOBODY
    may_change: bool = False
    may_extend: bool = False
    may_override: bool = False


def access_of(user: Caller, course: Course) -> Access:
    """Return all answers at once. One query; none for the teacher of the semester and staff."""
    if _owns(user, course.semester):
        return Access(None, True, True, True)
    role, groups = _membership(user, course)
    if role == Enrolment.Role.TEACHER:
        return Access(None, True, True, True)
    if role == Enrolment.Role.ASSISTANT:
        return Access(groups or None, False, course.assistants_extend, course.assistants_override)
    return Access()


def access_of_reader(user: Caller, enrolment: Enrolment) -> Access:
    """Return the access to the course of somebody who reads a student's page. No query for the student themselves."""
    if _is_the_student(user, enrolment) and not _owns(user, enrolment.course.semester):
        return Access()
    return access_of(user, enrolment.course)


def may_know(user: Caller, course: Course) -> bool:
    """Return whether the user may know that the course exists."""
    return _owns(user, course.semester) or bool(_membership(user, course).role)


def may_see_class(user: Caller, course: Course) -> bool:
    """Return whether the user may see the pages about the class, with the students of `visible_groups`."""
    return visible_groups(user, course) != NOBODY


def visible_groups(user: Caller, course: Course) -> GroupLimit:
    """Return the groups whose students the user may see; an empty set for a person who may not see the class."""
    return access_of(user, course).limit


def may_change(user: Caller, course: Course) -> bool:
    return access_of(user, course).may_change


def may_extend(user: Caller, course: Course) -> bool:
    """Return whether the user may grant extensions, to the students whom they see."""
    return access_of(user, course).may_extend


def may_extend_for(user: Caller, enrolment: Enrolment) -> bool:
    access = access_of(user, enrolment.course)
    return access.may_extend and sees_group(access.limit, enrolment.group_id)


def may_override(user: Caller, course: Course) -> bool:
    """Return whether the user may count work that a rewrite removed, of the students whom they see."""
    return access_of(user, course).may_override


def may_override_for(user: Caller, enrolment: Enrolment) -> bool:
    access = access_of(user, enrolment.course)
    return access.may_override and sees_group(access.limit, enrolment.group_id)


def may_change_semester(user: Caller, semester: Semester) -> bool:
    """Return whether the user may change the title and the days of the semester."""
    if _owns(user, semester):
        return True
    return bool(user.is_authenticated and user.pk) and _co_taught(user, semester)


def may_delete_semester(user: Caller, semester: Semester) -> bool:
    """Return whether the user may delete the semester or change its id."""
    return _owns(user, semester)


def may_see_student(user: Caller, enrolment: Enrolment) -> bool:
    return _is_self(user, enrolment) or may_see_in_class(user, enrolment)


def may_see_in_class(user: Caller, enrolment: Enrolment) -> bool:
    """Return whether the user sees this student among those of the class."""
    return sees_group(visible_groups(user, enrolment.course), enrolment.group_id)


def sees_group(limit: GroupLimit, group_id: int | None) -> bool:
    """Return whether the students of a group, None for those without one, are within the limit."""
    return limit is None or group_id in limit


def may_give_repository(user: Caller, enrolment: Enrolment) -> bool:
    return _is_the_student(user, enrolment)


def may_answer(user: Caller, enrolment: Enrolment) -> bool:
    """Return whether the user may give this student's texts and ticks: only the student themselves may."""
    return _is_the_student(user, enrolment)


def may_create_courses(user: Caller) -> bool:
    return bool(user.is_authenticated and user.pk and (user.is_staff or user.is_teacher))


def may_search_people(user: Caller) -> bool:
    """Return whether the user may search for people: whom they find depends on their courses."""
    return may_create_courses(user)


def assists_a_course(person: User) -> bool:
    """Whether a person is an assistant of a course that goes on."""
    role = Enrolment.Role.ASSISTANT
    return Enrolment.objects.filter(person=person, role=role, course__archived_at=None).exists()


def group_limits(user: User, courses: Iterable[Course]) -> dict[int, frozenset[int]]:
    """Return the groups that the user assists, by the key of the course, for those where they see no other students.

    No query for the courses of the user's own semesters.
    """
    others = [course.pk for course in courses if not _owns(user, course.semester)]
    if not others:
        return {}
    rows = Enrolment.assisted_groups.through.objects.filter(
        enrolment__person=user, enrolment__course__in=others, enrolment__role=Enrolment.Role.ASSISTANT
    )
    limits: dict[int, set[int]] = {}
    for course_id, group_id in rows.values_list("enrolment__course_id", "group_id"):
        limits.setdefault(course_id, set()).add(group_id)
    return {course_id: frozenset(groups) for course_id, groups in limits.items()}


def in_classes_seen_by(user: User) -> Q:
    """Return the condition for the enrolments in the classes that a person sees.

    In a course where they assist groups only, these are the students of the groups and the teaching team.
    """
    if user.is_staff:
        return Q(pk__gt=0)
    roles = Enrolment.Role
    whole = Q(role=roles.TEACHER) | Q(role=roles.ASSISTANT, assisted_groups=None)
    limits = Enrolment.assisted_groups.through.objects.filter(enrolment__person=user, enrolment__role=roles.ASSISTANT)
    return (
        Q(course__semester__teacher=user)
        | Q(course__in=Enrolment.objects.filter(whole, person=user).values("course"))
        | Q(group__in=limits.values("group"), role=roles.STUDENT)
        | Q(course__in=limits.values("enrolment__course"), role__in=Enrolment.TEAM_ROLES)
    )


def changeable_keys(user: Caller, courses: Iterable[Course]) -> set[int]:
    """Return the keys of those of these courses that the user may change. One query at most."""
    rows = list(courses)
    owned = {course.pk for course in rows if _owns(user, course.semester)}
    others = [course.pk for course in rows if course.pk not in owned]
    if not others or not (user.is_authenticated and user.pk):
        return owned
    co_taught = Enrolment.objects.filter(person=user.pk, course__in=others, role=Enrolment.Role.TEACHER)
    return owned | set(co_taught.values_list("course_id", flat=True))


def _membership(user: Caller, course: Course) -> Membership:
    """Return the user's place in the course. One query."""
    if not user.is_authenticated or user.pk is None:
        return Membership()
    rows = MEMBERSHIP.rows(course.pk, user.pk)
    if not rows:
        return Membership()
    return Membership(rows[0][0], frozenset(group_id for _role, group_id in rows if group_id is not None))


def _owns(user: Caller, semester: Semester) -> bool:
    """Return whether the user is the teacher of the semester or staff."""
    return bool(user.is_authenticated and user.pk and (user.is_staff or user.pk == semester.teacher_id))


def _co_taught(user: Caller, semester: Semester) -> bool:
    return Enrolment.objects.filter(course__semester=semester, person=user.pk, role=Enrolment.Role.TEACHER).exists()


def _is_the_student(user: Caller, enrolment: Enrolment) -> bool:
    return _is_self(user, enrolment) and enrolment.role == Enrolment.Role.STUDENT


def _is_self(user: Caller, enrolment: Enrolment) -> bool:
    return bool(user.is_authenticated and user.pk and user.pk == enrolment.person_id)
