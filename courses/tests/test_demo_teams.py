"""The teams of the demonstration."""

import pytest

from accounts import demo as people_demo
from courses.demo import creation
from courses.models import Course, Task, Team
from courses.pages.team_members import commits_of_members, students_of_team, team_of
from courses.tests.demo_forge import run_worker, serve_demo
from gitsync.models import LocalCopy


@pytest.fixture
def forge(settings, tmp_path):
    with serve_demo(settings, tmp_path) as web:
        yield web


def test_two_teams_of_one_course_share_a_repository_each_with_commits_of_members_and_of_the_team(db, forge):
    creation.fill(people_demo.fill())
    run_worker()
    networks = Course.objects.get(course_id="Reseaux")

    assert networks.has_teams
    for team in networks.teams.all():
        (repository,) = team.repositories.all()
        assert LocalCopy.objects.filter(repository__registrations__repo_url=repository.url).distinct().count() == 1
        members = students_of_team(team)
        assert len(members) == 3
        for member in members:
            member.course = networks
        counts = commits_of_members(team_of(members[0]), repository.repo_path)
        assert [number > 0 for _name, number in counts].count(True) == 3  # two members and the team
        rows = [member.progress.filter(state="done", task__asks_for=Task.Asks.EXERCISE) for member in members]
        done = [set(row.values_list("task__path", flat=True)) for row in rows]
        assert done[0] == done[1] == done[2] != set()
    before = Team.objects.count()
    creation.fill(people_demo.fill())
    assert (before, Team.objects.count()) == (2, 2)
