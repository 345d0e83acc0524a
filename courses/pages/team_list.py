"""The teams of a course with their repositories, and the students who share a repository without being a team."""

from collections.abc import Iterable
from dataclasses import dataclass

from courses.git import given_addresses, repository_confirmation
from courses.models import Course, Enrolment, StudentRepository, Team, TeamRepository
from courses.pages.expected_repository import ExpectedRepository
from courses.pages.listed_students import students_of
from courses.pages.matrix_filters import family_order
from courses.pages.team_members import StudentTeam, commits_of_members, students_of_team
from courses.rules.permissions import GroupLimit
from courses.rules.statuses import Status
from courses.rules.tree import RepositoryPlace, outline, repository_places


@dataclass(frozen=True)
class TeamPlace:
    """A place of the course for which a team may have a repository.

    `own` are the addresses that members gave, with their names; empty where the team has a repository.
    `statuses` are those of the members' repositories, each once. `commits` counts those of each member.
    """

    place: RepositoryPlace
    repository: TeamRepository | None
    own: list[tuple[str, list[str]]]
    statuses: list[Status]
    failure: str
    commits: list[tuple[str, int]]


@dataclass(frozen=True)
class ListedTeam:
    team: Team
    members: list[Enrolment]
    repositories: list[TeamRepository]


@dataclass(frozen=True)
class Sharers:
    """Students of no team who gave one repository for the same place of the course."""

    place: RepositoryPlace
    url: str
    students: list[Enrolment]

    @property
    def title(self) -> str:
        """A title for their team: their names."""
        return ", ".join(student.person.last_name or student.person.display_name for student in self.students)[:120]


def team_list(course: Course, limit: GroupLimit = None) -> list[ListedTeam]:
    """Return the teams by title, with their students of `limit`. Three queries; one for a course without teams.

    For somebody with a limit, teams without such a student are left out.
    """
    teams = list(course.teams.prefetch_related("repositories"))
    members: dict[int | None, list[Enrolment]] = {team.pk: [] for team in teams}
    if teams:
        for student in students_of(course, limit).exclude(team=None).select_related("person"):
            members[student.team_id].append(student)
    return [
        ListedTeam(
            team,
            sorted(members[team.pk], key=lambda student: family_order(student.person)),
            sorted(team.repositories.all(), key=lambda repository: repository.repo_path),
        )
        for team in sorted(teams, key=lambda team: team.title.casefold())
        if limit is None or members[team.pk]
    ]


def places_of(course: Course) -> list[RepositoryPlace]:
    """Return the places where the course asks for a repository. One query."""
    return repository_places(outline(list(course.tasks.without_statements())))


def team_places(team: Team) -> list[TeamPlace]:
    """Return the places of the course with the repository of this team. Four queries, and one for each repository."""
    members = students_of_team(team)
    for member in members:
        member.course = team.course
    given = list(StudentRepository.objects.filter(enrolment__in=members).order_by("pk"))
    repositories = {repository.repo_path: repository for repository in team.repositories.all()}
    student_team = StudentTeam(team, members, frozenset())
    places = []
    for place in places_of(team.course):
        here = [row for row in given if row.repo_path == place.repo_path]
        repository = repositories.get(place.repo_path)
        of_members = {member.pk: member for member in members}
        expected = [ExpectedRepository(place, of_members[row.enrolment_id], row) for row in here]
        places.append(
            TeamPlace(
                place,
                repository,
                [] if repository else _by_address(here, of_members),
                list(dict.fromkeys(row.status for row in expected)),
                next((row.failure for row in expected if row.failure), ""),
                commits_of_members(student_team, place.repo_path) if repository else [],
            )
        )
    return places


def sharers(course: Course) -> list[Sharers]:
    """Return the students of no team who gave the same repository, by place. Two queries, and two if there are any.

    Left out are repositories that wait for the teacher's confirmation for one of them: anybody can type an address. The
    page of confirmations says so, and offers a team there.
    """
    places = {place.repo_path: place for place in places_of(course)}
    rows = StudentRepository.objects.filter(
        enrolment__course=course, enrolment__team=None, enrolment__role=Enrolment.Role.STUDENT
    ).select_related("enrolment__person")
    shared: dict[tuple[str, str], list[StudentRepository]] = {}
    for row in rows.order_by("repo_path", "pk"):
        if row.repo_path in places:
            shared.setdefault((row.repo_path, given_addresses.repository_key(row.url)), []).append(row)
    shared = {key: group for key, group in shared.items() if len(group) > 1}
    waiting = repository_confirmation.waiting_registrations(course) if shared else []
    unconfirmed = {(row.student_id, row.repo_path) for row in waiting}
    return [
        Sharers(places[repo_path], group[0].url, [row.enrolment for row in group])
        for (repo_path, _key), group in shared.items()
        if not any((row.enrolment.person.username, repo_path) in unconfirmed for row in group)
    ]


def _by_address(rows: Iterable[StudentRepository], members: dict[int, Enrolment]) -> list[tuple[str, list[str]]]:
    """Return the addresses of these repositories, each once, with the names of the students who gave it."""
    by_key: dict[str, list[StudentRepository]] = {}
    for row in rows:
        by_key.setdefault(given_addresses.repository_key(row.url), []).append(row)
    return [
        (group[0].url, [members[row.enrolment_id].person.display_name for row in group]) for group in by_key.values()
    ]
