"""The demonstration's teams: students of one course who share a repository, and their commits in it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.utils import timezone

from courses.demo.course_data import REPOSITORY, DemoCourse
from courses.demo.student_work import first_monday, history
from courses.domain import teams
from courses.models import Course, Enrolment
from gitsync.demo import locations, repositories
from gitsync.demo.repositories import Change

COMMITS_IN_A_ROW = 2  # of one member, before the next one goes on


def team_members(data: DemoCourse) -> set[str]:
    """Return the user names of the students who are in a team of this course."""
    return {username for members in data.teams.values() for username in members}


def create_repositories(data: DemoCourse, enrolments: Sequence[Enrolment], now: datetime) -> dict[str, list[Change]]:
    """Create the repository of each team with students. Return its commits by the name of the team.

    Members commit in turn. The last one has an address in Git that Atelier does not know.
    """
    created = {}
    for title, usernames in data.teams.items():
        members = [enrolment for enrolment in enrolments if enrolment.person.username in usernames]
        if members:
            course = members[0].course
            first = course.semester.starts_on or first_monday(timezone.localdate(now))
            changes = history(data, title, title, first, now, course.timezone)
            created[title] = [_by(members, number, change) for number, change in enumerate(changes)]
            repositories.create(locations.folder(team_repository_name(data, title)), created[title])
    return created


def save_teams(data: DemoCourse, course: Course, enrolments: Sequence[Enrolment]) -> None:
    """Create the teams, or let students join who are new. Again, it changes nothing."""
    for title, usernames in data.teams.items():
        members = {enrolment.pk for enrolment in enrolments if enrolment.person.username in usernames}
        team = course.teams.filter(title=title).first()
        if team is not None:
            team.course = course
            teams.set_members(course.teacher, team, members | set(team.members.values_list("pk", flat=True)))
        elif members:
            url = locations.url(team_repository_name(data, title))
            teams.create_team(course.teacher, course, title=title, members=members, repositories={REPOSITORY: url})


def team_repository_name(data: DemoCourse, title: str) -> str:
    """Return the name of a team's repository, without `.git`."""
    return f"{title.lower().replace(' ', '-')}-{data.course_id.lower()}"


def _by(members: Sequence[Enrolment], number: int, change: Change) -> Change:
    """Return the commit as one of a member."""
    author = members[number // COMMITS_IN_A_ROW % len(members)]
    mailbox = author.person.username if author is not members[-1] or len(members) == 1 else "moi"
    return replace(change, author=author.person.display_name, mailbox=mailbox)
