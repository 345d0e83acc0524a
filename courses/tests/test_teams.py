"""Teams of students: their members, their repositories, and the rows of the Git module that follow."""

import pytest

from courses.domain import roster, student_repositories, team_repositories, teams
from courses.git.enrolment_check import is_enrolled
from courses.git.git_module import wire_ids
from courses.models import Activity, Course, Enrolment, Progress, StudentRepository, Team
from courses.tests.conftest import DEADLINE, commit
from gitsync.models import LocalCopy, Registration
from kernel.errors import Conflict, Malformed

URL = "https://git.example/team/strudon.git"
OTHER = "https://git.example/others/strudon.git"


@pytest.fixture
def team(school):
    """A team of alice and bob."""
    return teams.create_team(
        school.course.teacher, school.course, title="Les pingouins", members=[school.alice.pk, school.bob.pk]
    )


def give(team, url=URL):
    return team_repositories.give_team_repository(team.course.teacher, team, repo_path="/depot", url=url)


def addresses():
    return dict(StudentRepository.objects.values_list("enrolment__person__username", "url"))


def members_of(team):
    return set(team.members.values_list("person__username", flat=True))


def test_a_team_has_a_title_and_students_and_the_course_has_teams(school, team):
    assert members_of(team) == {"alice", "bob"}
    assert Course.objects.get(pk=school.course.pk).has_teams


@pytest.mark.parametrize("title", ["", "   ", "x" * 121])
def test_a_title_out_of_shape_is_refused(school, title):
    with pytest.raises(Malformed) as refusal:
        teams.create_team(school.course.teacher, school.course, title=title)
    assert refusal.value.field == "title"
    assert not Team.objects.exists()


def test_two_teams_of_a_course_do_not_look_the_same(school, team):
    with pytest.raises(Conflict):
        teams.create_team(school.course.teacher, school.course, title=" les PINGOUINS")


def test_a_student_is_in_one_team_at_most(school, team):
    other = teams.create_team(school.course.teacher, school.course, title="Team 2")
    with pytest.raises(Conflict, match="Les pingouins"):
        teams.set_members(school.course.teacher, other, [school.alice.pk])
    assert members_of(other) == set()


def test_only_students_of_the_course_are_in_a_team(school, team):
    assistant = roster.enrol(school.course.teacher, school.course, username="carol", role="assistant", create=True)
    for wrong in (assistant.pk, 999_999):
        with pytest.raises(Malformed):
            teams.set_members(school.course.teacher, team, [wrong])
    assert members_of(team) == {"alice", "bob"}


def test_the_repository_of_a_team_is_that_of_each_member_and_confirmed(team):
    give(team)

    assert addresses() == {"alice": URL, "bob": URL}
    assert set(Registration.objects.values_list("student__student_id", "repo_path", "confirmed")) == {
        ("alice", "/depot", True),
        ("bob", "/depot", True),
    }
    assert LocalCopy.objects.count() == 1


def test_the_same_repository_of_a_member_keeps_its_work_and_another_one_loses_it(school, team, send_event):
    for student, url in ((school.alice, URL), (school.bob, OTHER)):
        student_repositories.give_repository(student.person, student, repo_path="/depot", url=url)
    for name, url in (("alice", URL), ("bob", OTHER)):
        send_event("OnClone", name, repoUrl=url, repoPath="/depot")
        send_event("OnExerciseCompleted", name, repoUrl=url, exercisePath="/tp1/exercice1")

    give(team)

    assert addresses() == {"alice": URL, "bob": URL}
    assert list(Progress.objects.filter(state="done").values_list("enrolment", flat=True)) == [school.alice.pk]


def test_who_joins_gets_the_repository_and_who_leaves_loses_it_with_what_was_read(school, team, send_event):
    carol = roster.enrol(school.course.teacher, school.course, username="carol", create=True)
    give(team)
    send_event("OnClone", "bob", repoUrl=URL, repoPath="/depot")
    commits = [commit("a1", DEADLINE, ("/tp1/exercice1", 5))]
    send_event("OnNewCommits", "bob", repoUrl=URL, repoPath="/depot", commits=commits)
    assert Activity.objects.filter(enrolment=school.bob).exists()

    teams.set_members(school.course.teacher, team, [school.alice.pk, carol.pk])

    assert addresses() == {"alice": URL, "carol": URL}
    assert not Activity.objects.filter(enrolment=school.bob).exists()
    assert set(Registration.objects.values_list("student__student_id", flat=True)) == {"alice", "carol"}


def test_a_member_neither_replaces_nor_removes_the_repository_of_the_team(school, team):
    give(team)
    own = StudentRepository.objects.get(enrolment=school.alice)
    with pytest.raises(Conflict):
        student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=OTHER)
    with pytest.raises(Conflict):
        student_repositories.remove_repository(school.alice.person, own)
    assert addresses() == {"alice": URL, "bob": URL}


def test_a_member_registers_no_other_repository_over_the_wire(school, team):
    ids = wire_ids(school.course)
    assert is_enrolled(ids, "alice", "/depot")
    give(team)
    assert not is_enrolled(ids, "alice", "/depot")
    assert is_enrolled(ids, "alice")


def test_a_removed_repository_of_a_team_is_removed_from_each_member(team):
    repository = give(team)
    team_repositories.remove_team_repository(team.course.teacher, repository)
    assert addresses() == {}
    assert not Registration.objects.exists()


@pytest.mark.parametrize(("path", "url", "field"), [("/depot", "nonsense", "url"), ("/elsewhere", URL, "repo_path")])
def test_a_wrong_repository_of_a_team_is_refused_and_nothing_is_saved(team, path, url, field):
    with pytest.raises(Malformed) as refusal:
        team_repositories.give_team_repository(team.course.teacher, team, repo_path=path, url=url)
    assert refusal.value.field == field
    assert not StudentRepository.objects.exists()


def test_a_team_with_students_is_not_deleted_and_an_empty_one_is(school, team):
    with pytest.raises(Conflict):
        teams.delete_team(school.course.teacher, team)
    teams.set_members(school.course.teacher, team, [])
    teams.delete_team(school.course.teacher, team)
    assert not Team.objects.exists()
    assert not Course.objects.get(pk=school.course.pk).has_teams


def test_a_student_who_becomes_an_assistant_leaves_the_team(school, team):
    give(team)
    roster.enrol(school.course.teacher, school.course, username="bob", role="assistant", group_id=None)
    assert Enrolment.objects.get(pk=school.bob.pk).team is None
    assert addresses() == {"alice": URL}
