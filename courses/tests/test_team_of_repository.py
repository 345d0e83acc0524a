"""Teams that follow from a repository in which several students work: of a forge, or given by each of them."""

import pytest

from courses.domain import roster, student_repositories, team_repositories, teams
from courses.domain.teams import team_of_repository
from courses.models import Progress, StudentRepository, Team
from gitsync.models import Registration
from kernel.errors import Conflict, Malformed

URL = "https://git.example/team/strudon.git"
OTHER = "https://git.example/others/strudon.git"


@pytest.fixture
def carol(school):
    return roster.enrol(school.course.teacher, school.course, username="carol", create=True)


def make(school, *students, url=URL, title=""):
    members = [student.pk for student in students or (school.alice, school.bob)]
    return team_of_repository(
        school.course.teacher, school.course, repo_path="/depot", url=url, members=members, title=title
    )


def members_of(team):
    return set(team.members.values_list("person__username", flat=True))


def addresses():
    return dict(StudentRepository.objects.values_list("enrolment__person__username", "url"))


def test_a_team_is_created_with_the_repository_and_the_same_call_again_changes_nothing(school):
    team = make(school)
    assert (members_of(team), addresses()) == ({"alice", "bob"}, {"alice": URL, "bob": URL})
    assert set(Registration.objects.values_list("confirmed", flat=True)) == {True}
    assert make(school) == team
    assert (Team.objects.count(), Registration.objects.count()) == (1, 2)


def test_who_is_found_in_the_repository_later_joins_its_team(school, carol):
    team = make(school)
    assert make(school, school.alice, carol) == team
    assert members_of(team) == {"alice", "bob", "carol"}
    assert addresses()["carol"] == URL


def test_the_team_of_the_repository_takes_in_students_of_no_team(school, carol):
    team = teams.create_team(None, school.course, title="Team 1", repositories={"/depot": URL})
    assert make(school, school.bob, carol) == team
    assert members_of(team) == {"bob", "carol"}


def test_a_team_without_a_repository_gets_it(school):
    team = teams.create_team(None, school.course, title="Team 1", members=[school.alice.pk])
    assert make(school) == team
    assert addresses() == {"alice": URL, "bob": URL}


def test_what_was_read_from_the_same_repository_stays(school, send_event):
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=URL)
    send_event("OnClone", "alice", repoUrl=URL, repoPath="/depot")
    send_event("OnExerciseCompleted", "alice", repoUrl=URL, exercisePath="/tp1/exercice1")
    make(school)
    assert Progress.objects.filter(state="done", enrolment=school.alice).exists()


def test_a_student_with_another_repository_is_refused_and_nothing_is_erased(school):
    student_repositories.give_repository(school.bob.person, school.bob, repo_path="/depot", url=OTHER)
    with pytest.raises(Conflict, match="others/strudon") as refusal:
        make(school)
    assert refusal.value.code == "other_repository"
    assert (addresses(), Team.objects.count()) == ({"bob": OTHER}, 0)


def test_a_member_of_the_team_with_another_repository_is_refused_too(school, carol):
    team = teams.create_team(None, school.course, title="Team 1", members=[school.alice.pk, school.bob.pk])
    student_repositories.give_repository(school.bob.person, school.bob, repo_path="/depot", url=OTHER)
    with pytest.raises(Conflict):
        make(school, school.alice, carol)
    assert (addresses(), members_of(team)) == ({"bob": OTHER}, {"alice", "bob"})


def test_a_team_with_another_repository_keeps_it(school):
    team = teams.create_team(None, school.course, title="Team 1", members=[school.alice.pk, school.bob.pk])
    team_repositories.give_team_repository(None, team, repo_path="/depot", url=OTHER)
    with pytest.raises(Conflict):
        make(school)
    assert addresses() == {"alice": OTHER, "bob": OTHER}


def test_students_of_two_teams_are_refused(school):
    for number, student in enumerate((school.alice, school.bob)):
        teams.create_team(None, school.course, title=f"Team {number}", members=[student.pk])
    with pytest.raises(Conflict) as refusal:
        make(school)
    assert refusal.value.code == "other_team"


def test_one_student_alone_or_somebody_else_is_no_team(school):
    with pytest.raises(Malformed):
        make(school, school.alice)
    assistant = roster.enrol(None, school.course, username="dan", role="assistant", create=True)
    with pytest.raises(Malformed):
        make(school, school.alice, assistant)
    assert not Team.objects.exists()


@pytest.mark.parametrize("title", ["equipe-1", "é" * 300])
def test_a_title_that_is_taken_gets_a_number(school, carol, title):
    first = teams.create_team(None, school.course, title=title[:116])
    assert make(school, title=title).title == f"{first.title} 2"
