"""Who is offered the choice of a kind of notice, on the account page."""

from typing import Any

from courses.models import Enrolment


def takes_courses(person: Any) -> bool:
    """Return whether this person is a student of a course, or may become one."""
    return not person.is_teacher or Enrolment.Role.STUDENT in _roles(person)


def looks_after_courses(person: Any) -> bool:
    """Return whether this person teaches or assists courses, or may do so."""
    return person.is_teacher or not _roles(person).isdisjoint(Enrolment.TEAM_ROLES)


def changes_courses(person: Any) -> bool:
    """Return whether this person teaches courses, or may do so. An assistant decides nothing."""
    return person.is_teacher or Enrolment.Role.TEACHER in _roles(person)


def _roles(person: Any) -> set[str]:
    """Return the roles that a person has in courses. They are read once for all kinds."""
    if not hasattr(person, "_roles_in_courses"):
        person._roles_in_courses = set(Enrolment.objects.filter(person=person.pk).values_list("role", flat=True))
    roles: set[str] = person._roles_in_courses
    return roles
