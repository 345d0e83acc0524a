"""The people who look after a course: its teacher and its assistants."""

from collections.abc import Iterable
from typing import NamedTuple

from accounts.models import User
from courses.models import Course, Enrolment


class Member(NamedTuple):
    """A person who looks after a course. `may_change`: also changes the course.

    `groups` are the keys of the groups whose students the person sees; None: all students of the course.
    """

    person: User
    course: Course
    may_change: bool
    groups: frozenset[int] | None = None

    def sees(self, student: Enrolment) -> bool:
        return self.groups is None or student.group_id in self.groups


def open_teams() -> list[Member]:
    """Return the teams of all courses that are not archived. Two queries.

    The rule is that of `courses.rules.permissions`. Staff who do not teach a course are not of its team.
    """
    courses = {
        course.pk: course for course in Course.objects.filter(archived_at=None).select_related("semester__teacher")
    }
    team = [Member(course.teacher, course, may_change=True) for course in courses.values()]
    return team + [
        Member(enrolment.person, courses[enrolment.course_id], may_change=False)
        for enrolment in _assistants(courses)
        if enrolment.person_id != courses[enrolment.course_id].teacher.pk
    ]


def _assistants(course_ids: Iterable[int]) -> Iterable[Enrolment]:
    rows = Enrolment.objects.filter(course__in=list(course_ids), role=Enrolment.Role.ASSISTANT)
    return rows.select_related("person").order_by("pk")
