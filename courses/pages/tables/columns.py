"""The columns that several tables of courses have: a student, a task."""

from django.utils.translation import gettext as _

from accounts.models import User
from courses.models import Course, Group
from courses.pages.listed_students import PersonName
from courses.rules.tree import Node


def person_columns() -> list[str]:
    return [_("Last name"), _("First name"), _("User name"), _("Group")]


def person_cells(person: User | PersonName, group: Group | None) -> list[str]:
    """Return the cells of `person_columns`."""
    return [person.last_name, person.first_name, person.username, str(group or "")]


def team_columns(course: Course) -> list[str]:
    """Return the column of the student's team, for a course with teams."""
    return [_("Team")] if course.has_teams else []


def team_cells(course: Course, title: str) -> list[str]:
    """Return the cell of `team_columns`."""
    return [title] if course.has_teams else []


def numbered_title(node: Node) -> str:
    """Return the title of a task, with its number where it has one: `2.1 Lists`."""
    return f"{node.number} {node.task.title}".strip()


def yes_or_no(value: object) -> str:
    return _("yes") if value else _("no")
