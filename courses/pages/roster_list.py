"""The people of a course as the roster shows them: the teaching team, then the students."""

from courses.models import Course, Enrolment
from courses.pages.matrix_filters import family_order
from courses.rules.permissions import GroupLimit, sees_group

ROLES = [Enrolment.Role.TEACHER, Enrolment.Role.ASSISTANT, Enrolment.Role.STUDENT]


def roster_list(course: Course, limit: GroupLimit = None) -> list[Enrolment]:
    """Return the co-teachers, the assistants and the students of `limit`, by family name. Two queries."""
    enrolments = course.enrolments.select_related("person", "group").prefetch_related("assisted_groups")
    visible = [
        enrolment
        for enrolment in enrolments
        if enrolment.role != Enrolment.Role.STUDENT or sees_group(limit, enrolment.group_id)
    ]
    return sorted(visible, key=_order)


def _order(enrolment: Enrolment) -> tuple[int, tuple[str, str, str], int]:
    return ROLES.index(Enrolment.Role(enrolment.role)), family_order(enrolment.person), enrolment.pk
