"""/api/v1/courses/: a script that speaks only HTTP sets a course up."""

import pytest

from accounts.models import User
from courses.models import Course, Enrolment, Task
from courses.tests.conftest import DEADLINE, commit
from gitsync.models import Registration, WatchedExercise

COURSE = {
    "semester_id": "A2026",
    "course_id": "StruDon",
    "title": "Structures",
    "tasks": [
        {"path": "/depot", "asks_for": "repository"},
        {"path": "/tp1", "repo_path": "/depot", "deadline": "2026-11-08T22:59:00Z"},
    ],
    "enrolments": [{"username": "zoe", "first_name": "Zoë", "last_name": "Şahin", "group": "A1"}],
}


def test_a_teacher_s_script_sets_a_course_up_in_one_post(teacher, api_of):
    answer = api_of(teacher).post("/api/v1/courses/", COURSE)

    assert answer.status_code == 201, answer.json()
    course = Course.objects.get(pk=answer.json()["id"])
    assert course.teacher == teacher
    assert WatchedExercise.objects.get().exercise_path == "/tp1"
    zoe = Enrolment.objects.get().person
    assert (zoe.display_name, zoe.kind, zoe.has_usable_password()) == ("Zoë Şahin", "student", False)


def test_a_machine_names_the_teacher(teacher, program, api_of):
    assert api_of(program).post("/api/v1/courses/", COURSE | {"teacher": "teacher"}).status_code == 201
    answer = api_of(program).post("/api/v1/courses/", COURSE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_a_teacher")


def test_all_of_it_or_nothing(teacher, api_of):
    bad = COURSE | {"tasks": [*COURSE["tasks"], {"path": "/tp1"}]}
    answer = api_of(teacher).post("/api/v1/courses/", bad)

    assert (answer.status_code, answer.json()["error"]["field"]) == (409, "path")
    assert not Course.objects.exists()
    assert not WatchedExercise.objects.exists()
    assert not User.objects.filter(username="zoe").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"course_id": "a/b"},
        {"semester_id": ""},
        {"zone": "Mars/Base"},
        {"tasks": [{"path": "/a/.."}]},
        {"tasks": [{}]},
        {"tasks": "many"},
        {"tasks": [{"path": "/a", "asks_for": "blood"}]},
        {"enrolments": [{"username": "../x"}]},
    ],
)
def test_odd_input_is_refused(teacher, api_of, change):
    answer = api_of(teacher).post("/api/v1/courses/", COURSE | change)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert not Course.objects.exists()


def test_nobody_makes_a_course_in_somebody_else_s_name(person, teacher, alice, api_of):
    person("other", kind="teacher")
    for caller, body in (
        (alice, COURSE),
        (alice, COURSE | {"teacher": "teacher"}),
        (teacher, COURSE | {"teacher": "other"}),
    ):
        assert api_of(caller).post("/api/v1/courses/", body).status_code == 403
    assert not Course.objects.exists()


def test_a_task_is_added_changed_and_deleted(school, api_of):
    api = api_of(school.course.teacher)
    address = f"/api/v1/courses/{school.course.pk}/tasks/"
    made = api.post(address, {"path": "/tp2", "repo_path": "/depot"})
    assert made.status_code == 201

    changed = api.patch(f"{address}{made.json()['id']}/", {"completion_keywords": "TP 2"})
    assert changed.json()["completion_keywords"] == "TP 2"
    assert WatchedExercise.objects.get(exercise_path="/tp2").completion_keywords == "TP 2"

    assert api.delete(f"{address}{made.json()['id']}/").status_code == 204
    assert not Task.objects.filter(path="/tp2").exists()
    assert api_of(school.alice.person).post(address, {"path": "/x"}).status_code == 403


def test_a_student_gives_and_removes_their_repository(school, api_of):
    api = api_of(school.alice.person)
    address = f"/api/v1/courses/{school.course.pk}/repositories/"
    url = "https://git.example/a.git"

    answer = api.put(address, {"repo_path": "/depot", "url": url})
    assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
    assert Registration.objects.get().repo_url == url
    refused = api.put(address, {"repo_path": "/depot", "url": "ftp://x"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "url")
    assert api.delete(f"{address}?repo_path=/depot").status_code == 204
    assert not Registration.objects.exists()


def test_the_matrix_is_read(school, tell, api_of):
    tell("OnNewCommits", repoPath="/depot", commits=[commit("c", DEADLINE, ("/tp1/exercice1", 3))])
    answer = api_of(school.course.teacher).get(f"/api/v1/courses/{school.course.pk}/matrix/?group=A1").json()

    assert (answer["students"], answer["shown"]) == (2, 1)
    assert [task["path"] for task in answer["tasks"]] == ["/tp1/exercice1", "/tp1/exercice2"]
    row = answer["rows"][0]
    assert (row["username"], row["group"], [cell["effort"] for cell in row["cells"]]) == ("alice", "A1", [3, 0])


def test_staff_read_the_events_nothing_came_of(school, tell, staff, api_of):
    tell("OnClone", "nobody", repoPath="/depot")
    answer = api_of(staff).get("/api/v1/courses/events/?problem=unknown_student")
    assert [event["student_id"] for event in answer.json()["results"]] == ["nobody"]
    assert api_of(school.course.teacher).get("/api/v1/courses/events/").status_code == 403


def test_the_api_is_documented(staff, client_of):
    schema = client_of(staff).get("/api/v1/schema", headers={"Accept": "application/json"}).json()
    paths = [path for path in schema["paths"] if path.startswith("/api/v1/courses/")]
    assert len(paths) == 22
    assert "CourseIn" in schema["components"]["schemas"]
