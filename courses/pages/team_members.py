"""The team of a student as pages show it: its members, and who of them wrote a commit."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from accounts.models import User
from courses.git import commit_authors
from courses.models import Course, Enrolment, Team, TeamRepository
from courses.pages.matrix_filters import family_order
from courses.rules.permissions import GroupLimit, sees_group
from gitsync.queries.sync_history import RepositoryHistory
from kernel.database.text_hash import text_hash


@dataclass(frozen=True)
class StudentTeam:
    """A team with its students, by family name.

    `paths` are the hashes of the paths of its repositories. `usernames` are those of all its students, also of those
    whom the reader does not see.
    """

    team: Team
    members: list[Enrolment]
    paths: frozenset[str]
    usernames: frozenset[str] = frozenset()

    @property
    def names(self) -> str:
        return ", ".join(member.person.display_name for member in self.members)


def team_of(enrolment: Enrolment, limit: GroupLimit = None) -> StudentTeam | None:
    """Return the team of a student, None without one. Three queries; none without a team.

    Its members are those of `limit`: commits of the others are shown as those of the team.
    """
    if enrolment.team_id is None:
        return None
    team = Team.objects.get(pk=enrolment.team_id)
    students = students_of_team(team)
    return StudentTeam(
        team,
        [member for member in students if sees_group(limit, member.group_id)],
        frozenset(TeamRepository.objects.filter(team=team).values_list("repo_path_hash", flat=True)),
        frozenset(member.person.username for member in students),
    )


def without_members(histories: Mapping[str, RepositoryHistory], team: StudentTeam) -> dict[str, RepositoryHistory]:
    """Return the histories of repositories, by path, without the members as sharers of the team's repositories."""
    return {
        path: replace(history, sharers=[name for name in history.sharers if name not in team.usernames])
        if text_hash(path) in team.paths
        else history
        for path, history in histories.items()
    }


def students_of_team(team: Team) -> list[Enrolment]:
    members = team.members.filter(role=Enrolment.Role.STUDENT).select_related("person", "group")
    return sorted(members, key=lambda member: family_order(member.person))


def team_titles(course: Course) -> dict[int, str]:
    """Return the title of the team of each student, by the key of the enrolment.

    One query; none for a course without teams.
    """
    if not course.has_teams:
        return {}
    return dict(course.enrolments.exclude(team=None).order_by().values_list("pk", "team__title"))


def names_by_email(people: Iterable[User]) -> dict[str, str]:
    """Return the name of each person by e-mail address, in small letters. An address of two people names nobody."""
    people = [person for person in people if person.email]
    numbers = Counter(person.email.lower() for person in people)
    return {person.email.lower(): person.display_name for person in people if numbers[person.email.lower()] == 1}


def authors_of(enrolment: Enrolment, team: StudentTeam, places: Mapping[str, str]) -> dict[str, str]:
    """Return who wrote each commit of the team's repositories: the name of a member, else the words for the team.

    places: by the id of the commit, the hash of the path of its repository. One query.
    """
    commits = [commit_id for commit_id, path_hash in places.items() if path_hash in team.paths]
    return _authors(enrolment, team, commits) if commits else {}


def _authors(enrolment: Enrolment, team: StudentTeam, commits: Collection[str]) -> dict[str, str]:
    emails = commit_authors.author_emails(enrolment, commits)
    names = names_by_email(member.person for member in team.members)
    return {commit_id: names.get(emails.get(commit_id, "").lower(), _("the team")) for commit_id in commits}


def commits_of_members(team: StudentTeam, repo_path: str) -> list[tuple[str, int]]:
    """Count the commits in the team's repository at a path: those of each member, and at the end the team's. One query.

    The commits of the team are those whose author is no member with this e-mail address.
    """
    if not team.members:
        return []
    reader = team.members[0]
    counts = commit_authors.commits_by_email(reader, repo_path)
    names = names_by_email(member.person for member in team.members)
    known = {email: counts.pop(email, 0) for email in names}
    return [*((names[email], number) for email, number in known.items()), (_("the team"), sum(counts.values()))]
