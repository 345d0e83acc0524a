"""The people who look after a course: its teacher, its co-teachers and its assistants."""

from collections.abc import Iterable
from typing import NamedTuple

from accounts.models import User
from courses.models import Course, Enrolment
from courses.rules.permissions import GroupLimit, sees_group


class Member(NamedTuple):
    """A person who looks after a course. `may_change`: also changes the course.

    `limit`: the keys of the groups whose students the person sees; None: all students of the course.
    """

    person: User
    course: Course
    may_change: bool
    limit: GroupLimit = None

    def sees(self, student: Enrolment) -> bool:
        return sees_group(self.limit, student.group_id)


def open_teams() -> list[Member]:
    """Return the teams of all courses that are not archived. Two queries, and one more for the groups of assistants.

    The rule is that of `courses.rules.permissions`. Staff who do not teach a course are not of its team.
    """
    courses = {
        course.pk: course for course in Course.objects.filter(archived_at=None).select_related("semester__teacher")
    }
    team = [Member(course.teacher, course, may_change=True) for course in courses.values()]
    return team + [
        _member(enrolment, courses[enrolment.course_id])
        for enrolment in _enrolments(courses)
        if enrolment.person_id != courses[enrolment.course_id].teacher.pk
    ]


def _member(enrolment: Enrolment, course: Course) -> Member:
    if enrolment.role == Enrolment.Role.TEACHER:
        return Member(enrolment.person, course, may_change=True)
    groups = frozenset(group.pk for group in enrolment.assisted_groups.all())
    return Member(enrolment.person, course, may_change=False, limit=groups or None)


def _enrolments(course_ids: Iterable[int]) -> Iterable[Enrolment]:
    rows = Enrolment.objects.filter(course__in=list(course_ids), role__in=Enrolment.TEAM_ROLES)
    return rows.select_related("person").prefetch_related("assisted_groups").order_by("pk")
