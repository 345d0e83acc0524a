"""The column of teams in a file of people."""

import pytest

from courses.domain import roster_imports, teams
from courses.domain.roster_plan import plan_import
from courses.models import LineOutcome
from courses.rules.planned_lines import mark_of
from courses.rules.roster_columns import guess_columns
from courses.rules.roster_contradictions import find_repetitions
from courses.rules.roster_lines import read_people


def apply(school, *lines):
    """Bring a file with user names and teams into the course, and return the outcome of each line."""
    rows = [(number, line.split(";")) for number, line in enumerate(("login;équipe", *lines), start=1)]
    row = roster_imports.create_import(school.course.teacher, school.course, rows)
    plan = plan_import(row)
    roster_imports.start(row, mark=mark_of(plan), invite=False)
    roster_imports.apply_all(row.pk, "en")
    return [line.outcome for line in plan]


def teams_of(school):
    rows = school.course.enrolments.exclude(team=None).values_list("person__username", "team__title")
    return dict(rows)


@pytest.mark.parametrize("title", ["Team", "Équipe", "team name", "Nom d'équipe", "Binôme"])
def test_the_column_of_teams_is_found_by_its_title(title):
    assert guess_columns([["login", title], ["alice", "Team 1"]]).columns == ["username", "team"]


def test_a_file_makes_the_teams_of_a_class(school):
    outcomes = apply(school, "alice;Team 1", "bob;team 1", "carol;Team 2")

    assert outcomes == [LineOutcome.MOVED, LineOutcome.MOVED, LineOutcome.NEW]
    assert teams_of(school) == {"alice": "Team 1", "bob": "Team 1", "carol": "Team 2"}


def test_the_same_file_again_changes_nothing_and_no_team_leaves_it(school):
    apply(school, "alice;Team 1", "bob;Team 1")
    assert apply(school, "alice;Team 1", "bob;") == [LineOutcome.SAME, LineOutcome.SAME]
    assert teams_of(school) == {"alice": "Team 1", "bob": "Team 1"}


def test_another_team_moves_the_student_with_the_repository(school):
    url = "https://git.example/{}/strudon.git"
    for title in ("Team 1", "Team 2"):
        teams.create_team(
            school.course.teacher,
            school.course,
            title=title,
            members=[school.alice.pk] if title == "Team 1" else [],
            repositories={"/depot": url.format(title[-1])},
        )

    apply(school, "alice;Team 2")

    assert teams_of(school) == {"alice": "Team 2"}
    assert school.alice.student_repositories.get().url == url.format("2")


def test_two_lines_that_name_two_teams_contradict_each_other():
    people = read_people([(1, ["alice", "Team 1"]), (2, ["alice", "Team 2"])], ["username", "team"])
    assert set(find_repetitions(people, lambda person: None).contradictions) == {1, 2}
