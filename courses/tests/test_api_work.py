"""/api/v1/courses/: deadlines of groups and students, repositories, progress and late students."""

from datetime import timedelta

import pytest

from courses.domain import roster, student_repositories
from courses.models import Extension, GroupDeadline, Progress
from courses.tests.conftest import DEADLINE, commit

URL = "https://git.example/a.git"


def below(school, path=""):
    return f"/api/v1/courses/{school.course.pk}/{path}"


def complete(send_event, student, at):
    sha = f"{student}{int(at.timestamp())}"
    completing = commit(sha, at, ("/tp1/exercice1", 5), completes="/tp1/exercice1")
    send_event("OnNewCommits", student, repoPath="/depot", commits=[completing])
    send_event("OnExerciseCompleted", student, exercisePath="/tp1/exercice1")


def test_a_deadline_of_a_group_is_set_and_removed(school, api_of):
    api, later = api_of(school.course.teacher), (DEADLINE + timedelta(days=2)).isoformat()
    body = {"task": school.first.pk, "group": "A1", "deadline": later}
    assert api.put(below(school, "group-deadlines"), body).status_code == 200
    assert api.put(below(school, "group-deadlines"), body).status_code == 200

    (row,) = api.get(below(school, f"group-deadlines?task={school.first.pk}&group=A1")).json()["results"]
    assert (row["task"], row["group"], row["deadline"]) == (school.first.pk, "A1", "2026-11-03T23:00:00Z")
    assert api.delete(below(school, f"group-deadlines/{row['id']}")).status_code == 204
    assert not GroupDeadline.objects.exists()


def test_an_extension_is_granted_and_withdrawn(school, api_of):
    api = api_of(school.course.teacher)
    body = {
        "task": school.first.pk,
        "username": "alice",
        "deadline": (DEADLINE + timedelta(days=5)).isoformat(),
        "reason": "Ill",
    }
    extension = api.put(below(school, "extensions"), body).json()
    assert (extension["username"], extension["granted_by"], extension["reason"]) == ("alice", "teacher", "Ill")
    assert api.get(below(school, "extensions?username=bob")).json()["count"] == 0
    assert api.delete(below(school, f"extensions/{extension['id']}")).status_code == 204
    assert not Extension.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "nobody"}, "username"),
        ({"task": 999_999}, "task"),
        ({"task": "x"}, "task"),
        ({"deadline": "2026-10-01T00:00:00Z"}, "deadline"),
        ({"deadline": "0001-01-01T00:00:00Z"}, "deadline"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_malformed_extension_is_refused_with_its_field(school, api_of, change, field):
    body = {"task": school.first.pk, "username": "alice", "deadline": "2026-12-01T00:00:00Z", "reason": "Ill"}
    response = api_of(school.course.teacher).put(below(school, "extensions"), body | change)
    assert (response.status_code, response.json()["error"]["field"]) == (400, field)
    assert not Extension.objects.exists()


def test_an_assistant_or_a_student_cannot_change_deadlines(school, charlie, api_of):
    roster.enrol(None, school.course, username="charlie", role="assistant")
    bodies = {
        "extensions": {"task": school.first.pk, "username": "bob", "deadline": "2026-12-01T00:00:00Z", "reason": "x"},
        "group-deadlines": {"task": school.first.pk, "group": "A1", "deadline": "2026-12-01T00:00:00Z"},
    }
    for path, body in bodies.items():
        assert api_of(charlie).put(below(school, path), body).status_code == 403
        assert api_of(school.alice.person).put(below(school, path), body).status_code == 403


def test_a_student_reads_their_own_repository_and_the_teacher_reads_all(school, api_of):
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=URL)
    student_repositories.give_repository(
        school.bob.person, school.bob, repo_path="/depot", url="https://git.example/b.git"
    )

    def names(user, query=""):
        return [row["username"] for row in api_of(user).get(below(school, f"repositories{query}")).json()["results"]]

    assert names(school.alice.person) == ["alice"]
    assert names(school.alice.person, "?username=bob") == []
    assert names(school.course.teacher) == ["alice", "bob"]
    assert names(school.course.teacher, "?group=A2&state=waiting") == ["bob"]
    assert api_of(school.course.teacher).put(below(school, "repositories"), {"url": URL}).status_code == 404


def test_a_student_reads_their_own_progress_and_the_teacher_reads_all(school, send_event, api_of):
    complete(send_event, "alice", DEADLINE - timedelta(hours=1))
    complete(send_event, "bob", DEADLINE + timedelta(hours=1))
    own = api_of(school.alice.person).get(below(school, "progress")).json()["results"]
    assert [(row["username"], row["state"], row["effort"]) for row in own] == [("alice", "done", 5)]
    all_done = api_of(school.course.teacher).get(below(school, f"progress?task={school.first.pk}&state=done"))
    assert all_done.json()["count"] == 2


def test_late_students_and_summaries_use_the_deadline_of_each_student(school, send_event, api_of):
    complete(send_event, "alice", DEADLINE - timedelta(hours=1))
    complete(send_event, "bob", DEADLINE + timedelta(hours=1))
    api, url = api_of(school.course.teacher), below(school, f"tasks/{school.first.pk}")

    rows = {row["username"]: row for row in api.get(f"{url}/summaries").json()["results"]}
    assert (rows["alice"]["state"], rows["alice"]["completed_before"]) == ("done", True)
    assert rows["alice"]["last_before"] == "2026-11-01T22:00:00Z"
    assert (rows["alice"]["last_after"], rows["alice"]["unproven"]) == (None, False)
    assert (rows["bob"]["completed"], rows["bob"]["completed_before"]) == (True, False)
    assert rows["bob"]["last_after"] == "2026-11-02T00:00:00Z"
    assert [row["username"] for row in api.get(f"{url}/late").json()] == ["bob"]

    GroupDeadline.objects.create(task=school.first, group=school.bob.group, deadline=DEADLINE + timedelta(hours=2))
    assert api.get(f"{url}/late").json() == []
    assert api_of(school.bob.person).get(f"{url}/late").status_code == 403


def test_a_completion_in_time_is_unproven_when_only_the_commit_s_own_date_shows_it(school, send_event, api_of):
    complete(send_event, "alice", DEADLINE - timedelta(hours=1))
    due = int(DEADLINE.timestamp())
    times = {"lateTime": due - 3600, "provenTime": due + 60}
    send_event("OnExerciseCompleted", exercisePath="/tp1/exercice1", **times)
    response = api_of(school.course.teacher).get(below(school, f"tasks/{school.first.pk}/summaries?username=alice"))
    (row,) = response.json()["results"]
    assert (row["completed_before"], row["unproven"]) == (True, True)


def test_tasks_are_listed_by_kind_and_by_path(school, api_of):
    api = api_of(school.alice.person)

    def paths(query):
        return [row["path"] for row in api.get(below(school, f"tasks?{query}")).json()["results"]]

    assert paths("") == ["/depot", "/tp1", "/tp1/exercice1", "/tp1/exercice2"]
    assert paths("under=/tp1/") == ["/tp1", "/tp1/exercice1", "/tp1/exercice2"]
    assert paths("asks_for=repository") == ["/depot"]
    assert api.get(below(school, f"tasks/{school.first.pk}")).json()["path"] == "/tp1/exercice1"


@pytest.mark.parametrize("field", ["limit", "offset", "task", "state"])
def test_a_malformed_query_parameter_is_named(school, api_of, field):
    response = api_of(school.course.teacher).get(below(school, f"progress?{field}=odd"))
    assert (response.status_code, response.json()["error"]["field"]) == (400, field)


@pytest.mark.parametrize(
    "path", ["progress", "repositories", "extensions", "tasks/{task}/summaries", "tasks/{task}/late"]
)
def test_lists_take_as_many_queries_for_2_students_as_for_30(school, person, send_event, api_of, assert_flat, path):
    def add_student(number):
        person(f"s{number}")
        enrolment = roster.enrol(None, school.course, username=f"s{number}", group_id=f"G{number}")
        url = f"https://git.example/{number}.git"
        student_repositories.give_repository(enrolment.person, enrolment, repo_path="/depot", url=url)
        Progress.objects.create(enrolment=enrolment, task=school.first, since=DEADLINE)
        late = DEADLINE + timedelta(days=1)
        Extension.objects.create(enrolment=enrolment, task=school.first, deadline=late, reason="x")

    add_student(0)
    list_url = below(school, path.format(task=school.first.pk))
    teacher = school.course.teacher
    assert_flat(
        lambda: api_of(teacher).get(list_url), lambda: [add_student(number) for number in range(1, 30)], limit=12
    )
