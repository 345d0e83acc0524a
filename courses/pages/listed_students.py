"""Students as the rows of a list show them: plain values, read in one query."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import QuerySet

from accounts.models import name_of, with_closed_mark
from courses.models import Course, Enrolment, Group
from courses.rules.permissions import GroupLimit


class PersonName(NamedTuple):
    """The fields of a User that a list reads."""

    id: int
    username: str
    first_name: str
    last_name: str
    is_active: bool

    @property
    def display_name(self) -> str:
        return name_of(self.first_name, self.last_name, self.username)

    @property
    def listed_name(self) -> str:
        """The name in a list of people, with a mark when the account is closed."""
        return with_closed_mark(self.display_name, self.is_active)


class ListedStudent(NamedTuple):
    """A student of a course. The fields are those of Enrolment."""

    pk: int
    person: PersonName
    group: Group | None
    team: str = ""  # the title, where the list shows teams

    @property
    def group_id(self) -> int | None:
        return self.group.pk if self.group else None


def read_students(course: Course, groups: Iterable[Group], limit: GroupLimit = None) -> list[ListedStudent]:
    """Return the students of a course within the limit, in no order. `groups` are those of the course. One query."""
    group_of = {group.pk: group for group in groups}
    rows = students_of(course, limit).values_list("pk", "group", *(f"person__{field}" for field in PersonName._fields))
    return [ListedStudent(pk, PersonName(*person), group_of.get(group)) for pk, group, *person in rows]


def students_of(course: Course, limit: GroupLimit = None) -> QuerySet[Enrolment]:
    """Return the students of a course, or those of the groups of the limit."""
    students = course.enrolments.filter(role=Enrolment.Role.STUDENT)
    return students if limit is None else students.filter(group__in=limit)


def groups_of(course: Course, limit: GroupLimit = None) -> QuerySet[Group]:
    """Return the groups of a course within the limit, in the order of pages."""
    groups = course.groups.order_by("group_id")
    return groups if limit is None else groups.filter(pk__in=limit)
