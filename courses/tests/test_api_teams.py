"""/api/v1/courses/<course>/teams/: the teams of a course, their students and their repositories."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.domain import courses, roster, teams
from courses.models import StudentRepository, Team
from gitsync.models import Registration
from kernel.testing.people import make_person

URL = "https://git.example/team/strudon.git"
OTHER = "https://git.example/team/other.git"


def below(school, path=""):
    return f"/api/v1/courses/{school.course.pk}/teams/{path}"


@pytest.fixture
def api(school, api_of):
    return api_of(school.course.teacher)


@pytest.fixture
def team(school):
    return teams.create_team(None, school.course, title="Les pingouins", members=[school.alice.pk, school.bob.pk])


def repositories():
    return dict(StudentRepository.objects.values_list("enrolment__person__username", "url"))


def test_a_team_is_created_with_its_students_and_its_repository_at_once(school, api):
    body = {"title": "Team 1", "members": ["alice", "bob"], "repositories": [{"repo_path": "/depot", "url": URL}]}
    answer = api.post(below(school), body, format="json")
    assert answer.status_code == 201
    row = {**body, "id": Team.objects.get().pk}
    assert answer.json() == row
    assert api.get(below(school)).json()["results"] == [row]
    assert api.get(below(school, row["id"])).json() == row
    assert repositories() == {"alice": URL, "bob": URL}
    assert set(Registration.objects.values_list("student__student_id", "confirmed")) == {("alice", True), ("bob", True)}


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 400, "invalid", "title"),
        ({"title": " LES pingouins"}, 409, "exists", "title"),
        ({"title": "Team 2", "members": ["alice"]}, 409, "other_team", "members"),
        ({"title": "Team 2", "members": ["nobody"]}, 400, "unknown_student", "members"),
        ({"title": "Team 2", "members": ["teacher"]}, 400, "unknown_student", "members"),
        ({"title": "Team 2", "repositories": [{"url": URL}]}, 400, "bad_path", "repo_path"),
        ({"title": "Team 2", "repositories": [{"repo_path": "/depot", "url": "http://x"}]}, 400, None, "url"),
        ({"title": "Team 2", "member": []}, 400, None, "member"),
    ],
)
def test_a_wrong_team_is_refused_with_its_field_and_nothing_is_saved(school, team, api, body, status, code, field):
    answer = api.post(below(school), body, format="json")
    error = answer.json()["error"]
    assert (answer.status_code, error["field"]) == (status, field)
    assert code in (None, error["code"])
    assert list(Team.objects.values_list("title", flat=True)) == ["Les pingouins"]


def test_the_title_and_the_students_change_together_or_alone(school, team, api):
    api.put(below(school, f"{team.pk}/repositories"), {"repo_path": "/depot", "url": URL}, format="json")
    renamed = api.patch(below(school, team.pk), {"title": "Team 1"}, format="json").json()
    assert (renamed["title"], renamed["members"]) == ("Team 1", ["alice", "bob"])
    left = api.patch(below(school, team.pk), {"members": ["bob"]}, format="json").json()
    assert (left["title"], left["members"]) == ("Team 1", ["bob"])
    assert repositories() == {"bob": URL}


def test_a_repository_is_replaced_and_removed_for_each_student(school, team, api):
    address = below(school, f"{team.pk}/repositories")
    for url in (URL, OTHER):
        row = api.put(address, {"repo_path": "/depot", "url": url}, format="json").json()
        assert row["repositories"] == [{"repo_path": "/depot", "url": url}]
        assert repositories() == {"alice": url, "bob": url}
    assert api.delete(address).status_code == 404  # by default the root of the course
    assert api.delete(f"{address}?repo_path=/depot").status_code == 204
    assert repositories() == {}


def test_only_a_team_without_students_is_deleted(school, team, api):
    refused = api.delete(below(school, team.pk))
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "has_people")
    api.patch(below(school, team.pk), {"members": []}, format="json")
    assert api.delete(below(school, team.pk)).status_code == 204
    assert not Team.objects.exists()


def test_an_assistant_of_a_group_sees_its_students_only(school, team, api_of):
    assistant = make_person("carol")
    roster.enrol(None, school.course, username="carol", role="assistant", assisted_group_ids=["A1"])
    (row,) = api_of(assistant).get(below(school)).json()["results"]
    assert row["members"] == ["alice"]


def test_a_team_of_another_course_is_not_found(school, api):
    elsewhere = teams.create_team(None, _other_course(school), title="Team 1")
    assert api.get(below(school, elsewhere.pk)).status_code == 404
    assert api.patch(below(school, elsewhere.pk), {"title": "x"}, format="json").status_code == 404


def _other_course(school):
    return courses.create_course(
        school.course.teacher, school.course.teacher, semester_id="A2026", course_id="Other", title="Other"
    )


def test_the_list_asks_as_much_for_forty_teams_as_for_one(school, team, api, django_assert_num_queries):
    with CaptureQueriesContext(connection) as few:
        api.get(below(school))
    for number in range(40):
        teams.create_team(None, school.course, title=f"Team {number}")
    with django_assert_num_queries(len(few)):
        assert api.get(below(school)).json()["count"] == 41
