"""How far the teams of a course are with its tasks, from the statuses of their members."""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from courses.models import Course
from courses.pages.listed_students import ListedStudent
from courses.pages.matrix import build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.pages.matrix_values import Column
from courses.rules.permissions import GroupLimit
from courses.rules.statuses import STATUS_BY_KEY, STATUSES, Status
from courses.rules.tree import Node


@dataclass(frozen=True)
class TeamState:
    """The status of one task for a team: the number of members in each status, in the order of the list of statuses."""

    counts: list[tuple[Status, int]]

    @property
    def status(self) -> Status | None:
        """The status of the team: that of all its members; None where they differ."""
        return self.counts[0][0] if len(self.counts) == 1 else None

    @property
    def words(self) -> str:
        """The status in short, or each status with its number of members."""
        if self.status:
            return str(self.status.word)
        return ", ".join(f"{status.word} {number}" for status, number in self.counts)


@dataclass(frozen=True)
class TeamTasks:
    """A team with the names of its students, and its state for each column."""

    title: str
    names: list[str]
    cells: list[tuple[Node, TeamState]]


def team_state(keys: Iterable[str]) -> TeamState:
    """Return the state of a team whose members have the statuses with these keys."""
    counts = Counter(keys)
    return TeamState([(STATUS_BY_KEY[status.key], counts[status.key]) for status in STATUSES if counts[status.key]])


def states_of_task(titles: Mapping[int, str], keys: Mapping[int, str]) -> list[tuple[str, TeamState]]:
    """Return the state of each team for one task, by title.

    titles: the team of each student. keys: the key of each student's status. Both by the key of the enrolment.
    """
    by_team: dict[str, list[str]] = {}
    for pk, key in keys.items():
        if pk in titles:
            by_team.setdefault(titles[pk], []).append(key)
    return [(title, team_state(by_team[title])) for title in sorted(by_team, key=str.casefold)]


def team_matrix(course: Course, now: datetime, *, limit: GroupLimit = None) -> tuple[Sequence[Column], list[TeamTasks]]:
    """Return the columns of the matrix and the state of each team, by title.

    As many queries as the matrix; none for a course without teams.

    It shows the students of `limit` only; a team without any of them is left out.
    """
    if not course.has_teams:
        return [], []
    matrix = build_matrix(course, MatrixFilters(), now, limit=limit, page_size=sys.maxsize)
    by_team: dict[str, list[tuple[ListedStudent, list[str]]]] = {}
    for row in matrix.rows:
        if row.enrolment.team:
            by_team.setdefault(row.enrolment.team, []).append((row.enrolment, row.student.keys))
    teams = []
    for title in sorted(by_team, key=str.casefold):
        members = by_team[title]
        states = [team_state(keys) for keys in zip(*(keys for _student, keys in members), strict=True)]
        cells = [(column.node, state) for column, state in zip(matrix.columns, states, strict=True)]
        teams.append(TeamTasks(title, [student.person.listed_name for student, _keys in members], cells))
    return matrix.columns, teams
