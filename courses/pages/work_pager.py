"""The students before and after one, for a page that a teacher reads student after student."""

from dataclasses import dataclass

from courses.models import Enrolment
from courses.pages.listed_students import PersonName, students_of
from courses.pages.matrix_filters import family_order
from courses.rules.permissions import GroupLimit


@dataclass(frozen=True)
class Pager:
    """The place of a student among those of the class, or of one group, that the reader sees. `place` is from 1."""

    before: PersonName | None
    after: PersonName | None
    place: int
    total: int
    group: str


def student_pager(enrolment: Enrolment, limit: GroupLimit, group: str = "") -> Pager | None:
    """Return the neighbours by name within the limit and the group; None for a student outside the limit. One query.

    A group that the student is not in is ignored.
    """
    students = students_of(enrolment.course, limit)
    if group and enrolment.group and enrolment.group.group_id == group:
        students = students.filter(group=enrolment.group)
    else:
        group = ""
    rows = students.values_list(*(f"person__{field}" for field in PersonName._fields))
    people = sorted((PersonName(*row) for row in rows), key=family_order)
    place = next((index for index, person in enumerate(people) if person.id == enrolment.person_id), None)
    if place is None:
        return None
    before = people[place - 1] if place else None
    after = people[place + 1] if place + 1 < len(people) else None
    return Pager(before, after, place + 1, len(people), group)
