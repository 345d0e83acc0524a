"""The people of a course in lists: its teaching team, and the roster with the students after the team."""

from django.db.models import Q, QuerySet

from courses.models import Course, Enrolment
from courses.pages.matrix_filters import family_order
from courses.rules.permissions import GroupLimit, sees_group
from kernel.database.compiled import CompiledQuery

ROLES = [Enrolment.Role.TEACHER, Enrolment.Role.ASSISTANT, Enrolment.Role.STUDENT]
NO_GROUP = 0  # the key of no group
TEAM_OF_GROUP = CompiledQuery(lambda course, group: _team_of_group(course, group))


def roster_list(course: Course, limit: GroupLimit = None) -> list[Enrolment]:
    """Return the co-teachers, the assistants and the students of `limit`, by family name. Two queries.

    The teacher of the semester is not among them.
    """
    related = ("person", "group", "team") if course.has_teams else ("person", "group")
    enrolments = course.enrolments.select_related(*related).prefetch_related("assisted_groups")
    visible = [
        enrolment
        for enrolment in enrolments
        if enrolment.role != Enrolment.Role.STUDENT or sees_group(limit, enrolment.group_id)
    ]
    return sorted(visible, key=_order)


def team_list(course: Course) -> list[Enrolment]:
    """Return the co-teachers and the assistants, by family name, with the groups of the assistants. Two queries."""
    members = course.enrolments.filter(role__in=Enrolment.TEAM_ROLES).select_related("person")
    return sorted(members.prefetch_related("assisted_groups"), key=_order)


def team_of_student(enrolment: Enrolment) -> list[Enrolment]:
    """Return the co-teachers and the assistants who see this student, by family name. One query."""
    return sorted(TEAM_OF_GROUP.rows(enrolment.course_id, enrolment.group_id or NO_GROUP), key=_order)


def _team_of_group(course: Course | int, group: int) -> "QuerySet[Enrolment]":
    sees_all_or_group = Q(assisted_groups=None) | Q(assisted_groups=group)
    return Enrolment.objects.filter(
        Q(role=Enrolment.Role.TEACHER) | Q(sees_all_or_group, role=Enrolment.Role.ASSISTANT), course=course
    ).select_related("person")


def _order(enrolment: Enrolment) -> tuple[int, tuple[str, str, str], int]:
    return ROLES.index(Enrolment.Role(enrolment.role)), family_order(enrolment.person), enrolment.pk
