"""/api/v1/courses/: a script sets up and reads a whole course over HTTP."""

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


def test_a_teacher_creates_a_course_with_tasks_and_people_in_one_post(teacher, api_of):
    response = api_of(teacher).post("/api/v1/courses/", COURSE)

    assert response.status_code == 201, response.json()
    course = Course.objects.get(pk=response.json()["id"])
    assert course.teacher == teacher
    assert WatchedExercise.objects.get().exercise_path == "/tp1"
    zoe = Enrolment.objects.get().person
    assert (zoe.display_name, zoe.kind, zoe.has_usable_password()) == ("Zoë Şahin", "student", False)


def test_a_program_must_name_the_teacher(teacher, program, api_of):
    assert api_of(program).post("/api/v1/courses/", COURSE | {"teacher": "teacher"}).status_code == 201
    response = api_of(program).post("/api/v1/courses/", COURSE)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "not_a_teacher")


def test_a_course_with_a_bad_task_creates_nothing(teacher, api_of):
    same_path_twice = COURSE | {"tasks": [*COURSE["tasks"], {"path": "/tp1"}]}
    response = api_of(teacher).post("/api/v1/courses/", same_path_twice)

    assert (response.status_code, response.json()["error"]["field"]) == (409, "tasks.2.path")
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
def test_malformed_input_is_refused(teacher, api_of, change):
    response = api_of(teacher).post("/api/v1/courses/", COURSE | change)
    assert response.status_code == 400
    assert response.json()["error"]["message"]
    assert not Course.objects.exists()


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("enrolments.1.username", {"enrolments": [{"username": "zoe"}, {"username": "../x"}]}),
        ("enrolments.0.group", {"enrolments": [{"username": "zoe", "group": "a/b"}]}),
        ("tasks.1.path", {"tasks": [{"path": "/depot"}, {"path": "/a/.."}]}),
    ],
)
def test_an_error_below_a_list_names_the_item(teacher, api_of, field, change):
    response = api_of(teacher).post("/api/v1/courses/", COURSE | change)
    assert response.status_code == 400
    assert response.json()["error"]["field"] == field


def test_nobody_creates_a_course_for_another_teacher(person, teacher, alice, api_of):
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
    url = f"/api/v1/courses/{school.course.pk}/tasks/"
    created = api.post(url, {"path": "/tp2", "repo_path": "/depot"})
    assert created.status_code == 201

    task_url = f"{url}{created.json()['id']}/"
    changed = api.patch(task_url, {"completion_keywords": "TP 2"})
    assert changed.json()["completion_keywords"] == "TP 2"
    assert WatchedExercise.objects.get(exercise_path="/tp2").completion_keywords == "TP 2"

    assert api.delete(task_url).status_code == 204
    assert not Task.objects.filter(path="/tp2").exists()
    assert api_of(school.alice.person).post(url, {"path": "/x"}).status_code == 403


def test_a_student_gives_and_removes_their_repository(school, api_of):
    api = api_of(school.alice.person)
    url = f"/api/v1/courses/{school.course.pk}/repositories/"
    repo_url = "https://git.example/a.git"

    given = api.put(url, {"repo_path": "/depot", "url": repo_url})
    assert (given.status_code, given.json()["state"]) == (200, "waiting")
    assert Registration.objects.get().repo_url == repo_url
    refused = api.put(url, {"repo_path": "/depot", "url": "ftp://x"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "url")
    assert api.delete(f"{url}?repo_path=/depot").status_code == 204
    assert not Registration.objects.exists()


def test_the_matrix_of_one_group_has_its_students_and_their_efforts(school, send_event, api_of):
    send_event("OnNewCommits", repoPath="/depot", commits=[commit("c", DEADLINE, ("/tp1/exercice1", 3))])
    matrix = api_of(school.course.teacher).get(f"/api/v1/courses/{school.course.pk}/matrix/?group=A1").json()

    assert (matrix["students"], matrix["shown"]) == (2, 1)
    assert [task["path"] for task in matrix["tasks"]] == ["/tp1/exercice1", "/tp1/exercice2"]
    row = matrix["rows"][0]
    assert (row["username"], row["group"], [cell["effort"] for cell in row["cells"]]) == ("alice", "A1", [3, 0])


def test_only_staff_read_the_events_that_had_no_effect(school, send_event, staff, api_of):
    send_event("OnClone", "nobody", repoPath="/depot")
    response = api_of(staff).get("/api/v1/courses/events/?problem=unknown_student")
    assert [event["student_id"] for event in response.json()["results"]] == ["nobody"]
    assert api_of(school.course.teacher).get("/api/v1/courses/events/").status_code == 403


def test_the_openapi_document_has_every_path_of_courses(staff, client_of):
    schema = client_of(staff).get("/api/v1/schema", headers={"Accept": "application/json"}).json()
    paths = [path for path in schema["paths"] if path.startswith("/api/v1/courses/")]
    assert len(paths) == 31
    assert "CourseIn" in schema["components"]["schemas"]
