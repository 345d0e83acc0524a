"""The pages and files that show teams: the list with its states, one team, the matrix, a task, a student."""

import pytest
from django.urls import reverse
from django.utils import timezone

from courses.domain import roster, student_repositories, teaching_team, team_repositories, teams
from courses.models import Course, StudentRepository, Team
from courses.pages.commit_list import commit_page
from courses.pages.student_overview import overview_of
from courses.pages.team_list import sharers
from courses.pages.team_members import commits_of_members, names_by_email, team_of
from courses.pages.team_states import team_state
from courses.tests.conftest import DEADLINE, commit
from gitsync.models import Commit, Registration

URL = "https://git.example/team/strudon.git"


@pytest.fixture
def team(school):
    row = teams.create_team(
        school.course.teacher, school.course, title="Les pingouins", members=[school.alice.pk, school.bob.pk]
    )
    team_repositories.give_team_repository(school.course.teacher, row, repo_path="/depot", url=URL)
    return row


@pytest.fixture
def page(client, school):
    """A function that returns the text of a page as the teacher sees it."""
    client.force_login(school.course.teacher)

    def get(name, *args):
        answer = client.get(reverse(name, args=args))
        assert answer.status_code == 200
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return body.decode()

    return get


def push(send_event, student):
    send_event("OnClone", student, repoUrl=URL, repoPath="/depot")
    commits = [commit("a1", DEADLINE, ("/tp1/exercice1", 5)), commit("b2", DEADLINE, ("/tp1/exercice1", 5))]
    send_event("OnNewCommits", student, repoUrl=URL, repoPath="/depot", commits=commits)


def save_commits(*rows):
    repository = Registration.objects.first().repository
    for sha, email in rows:
        Commit.objects.create(
            repository=repository, sha=sha, author_email=email, author_time=1, committer_time=1, seen_by=1, late_time=1
        )


def test_a_commit_belongs_to_the_member_with_its_address_and_else_to_the_team(school, team, send_event):
    for student, address in ((school.alice, "alice@school.example"), (school.bob, "bob@school.example")):
        student.person.email = address
        student.person.save()
    save_commits(("a1", "Alice@School.example"), ("b2", "laptop@home.example"))
    push(send_event, "bob")
    school.bob.refresh_from_db()

    now, student_team = timezone.now(), team_of(school.bob)
    commits = commit_page(school.bob, overview_of(school.bob, now).tasks, now, team=student_team).commits

    assert {row.commit_id: row.author for row in commits} == {
        "a1": school.alice.person.display_name,
        "b2": "the team",
    }
    for member in student_team.members:
        member.course = school.course
    assert sorted(number for _name, number in commits_of_members(student_team, "/depot")) == [0, 1, 1]


def test_an_address_of_two_people_names_nobody(school):
    for student in (school.alice, school.bob):
        student.person.email = "shared@school.example"
    assert names_by_email([school.alice.person, school.bob.person]) == {}


def test_an_assistant_of_a_group_sees_no_member_of_another_group(client, school, team, person):
    course, assistant = school.course, person("ida")
    teaching_team.add_to_team(course.teacher, course, username="ida", role="assistant", group_ids=["A1"])
    client.force_login(assistant)
    bob = school.bob.person.display_name
    for name, args in (("course-teams", []), ("course-student", ["alice"]), ("course-teams-file", ["csv"])):
        answer = client.get(reverse(name, args=[course.pk, *args]))
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert "Les pingouins" in body.decode()
        assert bob not in body.decode()


def test_the_state_of_a_team_is_that_of_its_members_or_the_number_of_each():
    assert team_state(["done", "done"]).status.key == "done"
    mixed = team_state(["done", "overdue", "done"])
    assert mixed.status is None
    assert {status.key: number for status, number in mixed.counts} == {"done": 2, "overdue": 1}


def test_the_list_shows_teams_with_students_repositories_and_states(school, team, page, send_event):
    for student in ("alice", "bob"):
        push(send_event, student)
    text = page("course-teams", school.course.pk)
    assert "Les pingouins" in text
    assert URL in text
    assert "Exercice 1" in text


def test_students_who_share_a_repository_are_proposed_as_a_team(client, school, page):
    for student, url in ((school.alice, URL), (school.bob, URL.removesuffix(".git"))):
        student_repositories.give_repository(student.person, student, repo_path="/depot", url=url)
    (proposal,) = sharers(school.course)
    assert {student.pk for student in proposal.students} == {school.alice.pk, school.bob.pk}
    assert "gave the same repository" in page("course-teams", school.course.pk)

    values = {"title": "Team 1", "repo_path": "/depot", "url": URL, "members": [school.alice.pk, school.bob.pk]}
    answer = client.post(reverse("course-teams", args=[school.course.pk]), values)

    assert answer.status_code == 302
    row = Team.objects.get()
    assert (row.members.count(), row.repositories.get().url) == (2, URL)
    assert not sharers(Course.objects.get(pk=school.course.pk))


def test_the_page_of_a_team_changes_its_students_and_its_repository(client, school, team, page):
    assert URL in page("course-student-team", school.course.pk, team.pk)
    client.post(
        reverse("course-student-team", args=[school.course.pk, team.pk]), {"title": "A", "members": [school.alice.pk]}
    )
    team.refresh_from_db()
    assert (team.title, list(team.members.values_list("pk", flat=True))) == ("A", [school.alice.pk])

    address = reverse("course-student-team-repository", args=[school.course.pk, team.pk])
    answer = client.post(address, {"repo_path": "/depot", "url": "nonsense"}, follow=True)
    assert list(answer.context["messages"])
    assert team.repositories.get().url == URL
    client.post(address, {"repo_path": "/depot", "url": ""})
    assert not StudentRepository.objects.exists()


def test_an_address_that_the_teacher_s_students_gave_is_offered_to_the_team(school, page):
    row = teams.create_team(school.course.teacher, school.course, title="T", members=[school.alice.pk])
    school.alice.refresh_from_db()
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=URL)
    assert "It is the repository of the team" in page("course-student-team", school.course.pk, row.pk)


def test_matrix_task_student_and_files_name_the_team(school, team, page, send_event):
    push(send_event, "alice")
    course = school.course.pk
    assert "Les pingouins" in page("course-matrix", course)
    assert "Les pingouins" in page("course-roster", course)
    assert "State of each team" in page("course-task", course, school.first.pk)
    assert "Team Les pingouins" in page("course-student", course, "alice")
    for name, args in (
        ("course-matrix-file", [course, "csv"]),
        ("course-roster-file", [course, "csv"]),
        ("course-repositories-file", [course, "csv"]),
        ("course-teams-file", [course, "csv"]),
        ("course-task-file", [course, school.first.pk, "csv"]),
    ):
        assert "Les pingouins" in page(name, *args)
    assert "the team" in page("student-commits-file", course, "alice", "csv")


def test_members_are_no_finding_of_a_shared_repository_and_another_student_is(school, team, page, person):
    assert "also given by" not in page("course-student", school.course.pk, "alice")
    zoe = roster.enrol(None, school.course, username=person("zoe").username)
    student_repositories.give_repository(zoe.person, zoe, repo_path="/depot", url=URL)
    text = page("course-student", school.course.pk, "alice")
    assert "also given by Zoe Martin" in text
    assert "also given by Bob" not in text


def test_a_course_without_teams_shows_nothing_of_them(school, page):
    course = school.course.pk
    assert "Team" not in page("course-matrix-file", course, "csv")
    assert "Team" not in page("course-roster-file", course, "csv")
    assert "State of each team" not in page("course-task", course, school.first.pk)


def test_the_student_sees_that_the_repository_is_the_team_s(client, school, team):
    client.force_login(school.alice.person)
    text = client.get(reverse("course-repository", args=[school.course.pk, "alice"]) + "?at=/depot").content.decode()
    assert "This is the repository of your team" in text
    assert "Save and read it now" not in text


def test_the_list_needs_as_many_queries_for_many_teams(client, school, team, person, assert_flat):
    course = school.course
    client.force_login(course.teacher)

    def add_teams():
        for number in range(5):
            students = [
                roster.enrol(None, course, username=person(f"student{number}{letter}").username) for letter in "ab"
            ]
            row = teams.create_team(None, course, title=f"Team {number}", members=[student.pk for student in students])
            team_repositories.give_team_repository(None, row, repo_path="/depot", url=URL.replace("team", f"t{number}"))

    assert_flat(lambda: client.get(reverse("course-teams", args=[course.pk])), add_teams, limit=25)


def test_pages_of_a_course_without_teams_ask_nothing_about_them(client, school, queries_of):
    client.force_login(school.course.teacher)
    for name, args in (
        ("course-matrix", []),
        ("course-task", [school.first.pk]),
        ("course-student", ["alice"]),
        ("course-repositories-file", ["csv"]),
    ):
        address = reverse(name, args=[school.course.pk, *args])
        assert not [sql for sql in queries_of(lambda address=address: client.get(address)) if "courses_team" in sql]


def test_the_filter_by_name_finds_the_students_of_a_team(client, school, team, person):
    roster.enrol(None, school.course, username=person("zoe").username)
    client.force_login(school.course.teacher)
    text = client.get(reverse("course-matrix", args=[school.course.pk]), {"name": "pingouin"}).content.decode()
    assert f'id="student-{school.alice.pk}"' in text
    assert "Zoe Martin" not in text.partition("<tbody")[2]
