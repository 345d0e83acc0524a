"""/api/v1/courses/: deadlines of groups and students, repositories, progress, who is late."""

from datetime import timedelta

import pytest

from courses.domain import roster, student_repositories
from courses.git import git_module
from courses.models import Extension, GroupDeadline, Progress
from courses.tests.conftest import DEADLINE, commit
from gitsync.queries.sync_history import FirstCompletion

URL = "https://git.example/a.git"


def below(school, path=""):
    return f"/api/v1/courses/{school.course.pk}/{path}"


def done(tell, student, at):
    sha = f"{student}{int(at.timestamp())}"
    made = commit(sha, at, ("/tp1/exercice1", 5), completes="/tp1/exercice1")
    tell("OnNewCommits", student, repoPath="/depot", commits=[made])
    tell("OnExerciseCompleted", student, exercisePath="/tp1/exercice1")


def test_a_group_gets_a_deadline_of_its_own_and_loses_it(school, api_of):
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
    made = api.put(below(school, "extensions"), body).json()
    assert (made["username"], made["granted_by"], made["reason"]) == ("alice", "teacher", "Ill")
    assert api.get(below(school, "extensions?username=bob")).json()["count"] == 0
    assert api.delete(below(school, f"extensions/{made['id']}")).status_code == 204
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
def test_an_odd_extension_is_refused_by_its_field(school, api_of, change, field):
    body = {"task": school.first.pk, "username": "alice", "deadline": "2026-12-01T00:00:00Z", "reason": "Ill"}
    answer = api_of(school.course.teacher).put(below(school, "extensions"), body | change)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)
    assert not Extension.objects.exists()


def test_deadlines_are_changed_by_the_teacher_alone(school, charlie, api_of):
    roster.enrol(None, school.course, username="charlie", role="assistant")
    bodies = {
        "extensions": {"task": school.first.pk, "username": "bob", "deadline": "2026-12-01T00:00:00Z", "reason": "x"},
        "group-deadlines": {"task": school.first.pk, "group": "A1", "deadline": "2026-12-01T00:00:00Z"},
    }
    for path, body in bodies.items():
        assert api_of(charlie).put(below(school, path), body).status_code == 403
        assert api_of(school.alice.person).put(below(school, path), body).status_code == 403


def test_a_student_sees_their_own_repository_and_the_class_is_for_the_teacher(school, api_of):
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


def test_progress_is_one_s_own_or_the_class_s(school, tell, api_of):
    done(tell, "alice", DEADLINE - timedelta(hours=1))
    done(tell, "bob", DEADLINE + timedelta(hours=1))
    mine = api_of(school.alice.person).get(below(school, "progress")).json()["results"]
    assert [(row["username"], row["state"], row["effort"]) for row in mine] == [("alice", "done", 5)]
    everybody = api_of(school.course.teacher).get(below(school, f"progress?task={school.first.pk}&state=done"))
    assert everybody.json()["count"] == 2


def test_late_and_summaries_follow_each_student_s_deadline(school, tell, api_of):
    done(tell, "alice", DEADLINE - timedelta(hours=1))
    done(tell, "bob", DEADLINE + timedelta(hours=1))
    api, where = api_of(school.course.teacher), below(school, f"tasks/{school.first.pk}")

    rows = {row["username"]: row for row in api.get(f"{where}/summaries").json()["results"]}
    assert (rows["alice"]["state"], rows["alice"]["completed_before"]) == ("done", True)
    assert rows["alice"]["last_before"] == "2026-11-01T22:00:00Z"
    assert (rows["alice"]["last_after"], rows["alice"]["unproven"]) == (None, False)
    assert (rows["bob"]["completed"], rows["bob"]["completed_before"]) == (True, False)
    assert rows["bob"]["last_after"] == "2026-11-02T00:00:00Z"
    assert [row["username"] for row in api.get(f"{where}/late").json()] == ["bob"]

    GroupDeadline.objects.create(task=school.first, group=school.bob.group, deadline=DEADLINE + timedelta(hours=2))
    assert api.get(f"{where}/late").json() == []
    assert api_of(school.bob.person).get(f"{where}/late").status_code == 403


def test_on_time_by_the_commit_s_own_date_alone_is_unproven(school, tell, api_of, monkeypatch):
    done(tell, "alice", DEADLINE - timedelta(hours=1))
    due = int(DEADLINE.timestamp())
    monkeypatch.setattr(
        git_module, "first_completions", lambda task: {"alice": FirstCompletion(due - 3600, due - 60, due + 60)}
    )
    answer = api_of(school.course.teacher).get(below(school, f"tasks/{school.first.pk}/summaries?username=alice"))
    (row,) = answer.json()["results"]
    assert (row["completed_before"], row["unproven"]) == (True, True)


def test_tasks_are_found_by_kind_and_place(school, api_of):
    api = api_of(school.alice.person)

    def paths(query):
        return [row["path"] for row in api.get(below(school, f"tasks?{query}")).json()["results"]]

    assert paths("") == ["/depot", "/tp1", "/tp1/exercice1", "/tp1/exercice2"]
    assert paths("under=/tp1/") == ["/tp1", "/tp1/exercice1", "/tp1/exercice2"]
    assert paths("asks_for=repository") == ["/depot"]
    assert api.get(below(school, f"tasks/{school.first.pk}")).json()["path"] == "/tp1/exercice1"


@pytest.mark.parametrize("field", ["limit", "offset", "task", "state"])
def test_an_odd_question_is_named(school, api_of, field):
    answer = api_of(school.course.teacher).get(below(school, f"progress?{field}=odd"))
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)


@pytest.mark.parametrize(
    "path", ["progress", "repositories", "extensions", "tasks/{task}/summaries", "tasks/{task}/late"]
)
def test_lists_take_the_same_queries_for_2_and_for_30(school, person, tell, api_of, assert_flat, path):
    def fill(number):
        person(f"s{number}")
        enrolment = roster.enrol(None, school.course, username=f"s{number}", group_id=f"G{number}")
        place = f"https://git.example/{number}.git"
        student_repositories.give_repository(enrolment.person, enrolment, repo_path="/depot", url=place)
        Progress.objects.create(enrolment=enrolment, task=school.first, since=DEADLINE)
        late = DEADLINE + timedelta(days=1)
        Extension.objects.create(enrolment=enrolment, task=school.first, deadline=late, reason="x")

    fill(0)
    where = below(school, path.format(task=school.first.pk))
    teacher = school.course.teacher
    assert_flat(lambda: api_of(teacher).get(where), lambda: [fill(number) for number in range(1, 30)], limit=12)
