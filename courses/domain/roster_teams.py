"""The teams that a file of people names: students are put into them when its lines are applied."""

from collections.abc import Sequence

from accounts.models import User
from courses.domain import roster, teams
from courses.models import Course, Enrolment
from courses.rules.planned_lines import PlannedLine


def place_planned(actor: User | None, course: Course, lines: Sequence[PlannedLine]) -> None:
    """Put the people of planned lines into the teams that these name, after `roster.enrol_planned`.

    A line without a team leaves it as it is. No statement for a file without teams. The course is locked.
    """
    titles = {line.username: line.team_title for line in lines if line.team_title and line.outcome in roster.CHANGES}
    if not titles:
        return
    students = course.enrolments.filter(person__username__in=titles, role=Enrolment.Role.STUDENT)
    keys = students.values_list("pk", "person__username")
    teams.place_in_teams(actor, course, {pk: titles[username] for pk, username in keys})
