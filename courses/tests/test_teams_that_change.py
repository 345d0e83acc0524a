"""Teams whose students, places and titles change, and courses with many teams."""

import pytest
from django.urls import reverse

from courses.domain import course_tasks, roster, team_repositories, teams
from courses.models import Course, Enrolment, StudentRepository, Team, TeamRepository
from gitsync.models import Registration
from kernel.errors import Conflict

URL = "https://git.example/team/strudon.git"


def give(team, repo_path="/depot", url=URL):
    return team_repositories.give_team_repository(None, team, repo_path=repo_path, url=url)


@pytest.fixture
def team(school):
    team = teams.create_team(None, school.course, title="Team 1", members=[school.alice.pk, school.bob.pk])
    give(team)
    return team


def owners():
    return set(StudentRepository.objects.values_list("enrolment__person__username", flat=True))


def test_a_team_keeps_its_repository_while_it_has_no_student(school, team):
    teams.set_members(None, team, [])
    assert (owners(), Registration.objects.count(), TeamRepository.objects.count()) == (set(), 0, 1)
    teams.set_members(None, team, [school.bob.pk])
    assert owners() == {"bob"}
    assert Registration.objects.get().confirmed


def test_who_leaves_the_course_leaves_the_others_their_repository(school, team):
    roster.remove(None, school.alice)
    assert owners() == {"bob"}
    assert set(team.members.values_list("pk", flat=True)) == {school.bob.pk}
    assert Registration.objects.get().student.student_id == "bob"


def test_an_erased_person_leaves_the_team_and_its_repository_to_the_others(school, team):
    roster.remove(None, school.alice)
    school.alice.person.delete()
    assert owners() == {"bob"}
    assert Team.objects.get().members.count() == 1


def test_a_deleted_course_has_no_teams_left(school, team):
    Enrolment.objects.filter(course=school.course).delete()
    Course.objects.filter(pk=school.course.pk).delete()
    assert not Team.objects.exists()
    assert not TeamRepository.objects.exists()


def test_who_joins_gets_nothing_for_a_place_that_is_gone(school, team):
    teams.set_members(None, team, [school.alice.pk])
    for task in list(school.course.tasks.all()):
        course_tasks.delete_task(None, task)
    teams.set_members(None, team, [school.alice.pk, school.bob.pk])
    assert owners() == {"alice"}


def test_the_place_of_a_team_without_students_does_not_move(school):
    course_tasks.add_task(None, school.course, path="/part", asks_for="nothing")
    course_tasks.add_task(None, school.course, path="/part/depot", asks_for="repository")
    give(teams.create_team(None, school.course, title="Empty"), "/part/depot")
    with pytest.raises(Conflict) as refusal:
        course_tasks.change_task(None, school.course.tasks.get(path="/part"), path="/other")
    assert refusal.value.code == "has_repositories"


def test_a_student_who_changes_the_team_keeps_the_repository_that_both_have(school, team):
    second = teams.create_team(None, school.course, title="Team 2")
    give(second)
    state = StudentRepository.objects.get(enrolment=school.bob).pk
    teams.place_in_teams(None, school.course, {school.bob.pk: "team 2"})
    assert StudentRepository.objects.get(enrolment=school.bob).pk == state
    assert set(second.members.values_list("pk", flat=True)) == {school.bob.pk}


@pytest.mark.parametrize("name", ["course-teams", "course-matrix", "course-roster", "api-course-teams"])
def test_two_hundred_teams_need_as_many_queries_as_one(client, school, team, queries_of, name):
    client.force_login(school.course.teacher)
    address = reverse(name, args=[school.course.pk])
    client.get(address)
    few = len(queries_of(lambda: client.get(address)))
    rows = Team.objects.bulk_create(Team(course=school.course, title=f"Team number {number}") for number in range(200))
    TeamRepository.objects.bulk_create(
        TeamRepository(team=row, repo_path="/depot", repo_path_hash="x", url=f"{URL}{row.pk}") for row in rows
    )
    assert len(queries_of(lambda: client.get(address))) <= few
