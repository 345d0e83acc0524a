"""/api/v1/courses/: If-Match of courses, tasks and semesters. A change of another version than was seen is 412."""

import threading

import pytest
from django.db import connection

from courses.domain import course_tasks, courses, semesters
from courses.models import Course, Semester, Task
from kernel.api.if_match import etag
from kernel.database.row_version import row_version
from kernel.errors import Conflict

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def api(school, api_of):
    return api_of(school.course.teacher)


def addresses(school):
    course = f"/api/v1/courses/{school.course.pk}/"
    semester = f"/api/v1/courses/semesters/{school.course.semester_id}/"
    return {"course": course, "task": f"{course}tasks/{school.first.pk}/", "semester": semester}


def change_all(school):
    courses.change_course(None, school.course, title="Another")
    course_tasks.change_task(None, school.first, statement="Another")
    semesters.change_semester(None, school.course.semester, title="Another")


@pytest.mark.parametrize(
    ("name", "method"),
    [("course", "patch"), ("task", "patch"), ("task", "delete"), ("semester", "patch"), ("semester", "delete")],
)
def test_a_change_of_another_version_than_if_match_is_412(school, api, name, method):
    address = addresses(school)[name]
    seen = api.get(address)["ETag"]
    change_all(school)
    before = list(Task.objects.order_by("pk").values()), list(Course.objects.values()), list(Semester.objects.values())
    answer = getattr(api, method)(address, {"title": "Mine"}, headers={"If-Match": seen})
    assert (answer.status_code, answer.json()["error"]["code"]) == (412, "changed_meanwhile")
    assert answer.json()["error"]["field"] == "If-Match"
    after = list(Task.objects.order_by("pk").values()), list(Course.objects.values()), list(Semester.objects.values())
    assert after == before


@pytest.mark.parametrize("name", ["course", "task", "semester"])
def test_a_change_of_the_version_of_if_match_is_made_and_gives_the_next(school, api, name):
    address = addresses(school)[name]
    seen = api.get(address)["ETag"]
    changed = api.patch(address, {"title": "New"}, headers={"If-Match": seen})
    assert (changed.status_code, changed.json()["title"]) == (200, "New")
    assert changed["ETag"] == api.get(address)["ETag"] != seen
    assert api.patch(address, {"title": "Again"}, headers={"If-Match": "*"}).status_code == 200
    assert api.patch(address, {"title": "And again"}).status_code == 200


def test_a_new_row_has_the_version_that_it_is_read_with(school, api):
    created = api.post(
        f"/api/v1/courses/{school.course.pk}/tasks/", {"path": "/x", "deadline": "2031-01-01T10:00:00+02:00"}
    )
    assert created["ETag"] == api.get(f"/api/v1/courses/{school.course.pk}/tasks/{created.json()['id']}/")["ETag"]
    course = api.post("/api/v1/courses/", {"semester_id": "A2026", "course_id": "Two"})
    assert course["ETag"] == api.get(f"/api/v1/courses/{course.json()['id']}/")["ETag"]
    semester = api.post("/api/v1/courses/semesters/", {"semester_id": "H2027", "starts_on": "2027-01-04"})
    assert semester["ETag"] == api.get(f"/api/v1/courses/semesters/{semester.json()['id']}/")["ETag"]


def test_a_task_of_the_seen_version_is_deleted(school, api):
    address = addresses(school)["task"]
    assert api.delete(address, headers={"If-Match": api.get(address)["ETag"]}).status_code == 204


@pytest.mark.parametrize("header", ["1", 'W/"1"', '"1", "2"', '"A b"', '"' + "9" * 40 + '"'])
def test_an_if_match_that_is_no_etag_of_ours_is_refused(school, api, header):
    answer = api.patch(addresses(school)["course"], {"title": "x"}, headers={"If-Match": header})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "If-Match")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "groups/", {"group_id": "A9"}),
        ("post", "teams/", {"title": "Team 1"}),
        ("post", "tasks/", {"path": "/y"}),
        ("post", "enrolments/", {"username": "alice"}),
        ("put", "extensions/", {}),
        ("put", "group-deadlines/", {}),
        ("post", "repositories/unconfirmed/", {}),
    ],
)
def test_if_match_is_refused_where_nothing_has_a_version(school, api, method, path, body):
    address = f"/api/v1/courses/{school.course.pk}/{path}"
    answer = getattr(api, method)(address, body, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["error"]["code"]) == (412, "no_versions")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["course", "task"])
def test_of_eight_changes_of_one_version_at_once_one_is_made(school, what):
    row = school.course if what == "course" else school.first
    change = courses.change_course if what == "course" else course_tasks.change_task
    version, results, start = row_version(row), [], threading.Barrier(8)

    def act(number):
        start.wait()
        try:
            own = type(row).objects.get(pk=row.pk)
            change(None, own, version=version, title=f"title {number}")
            results.append("made")
        except Conflict as refusal:
            results.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == ["changed_meanwhile"] * 7 + ["made"]


def test_two_changes_of_other_fields_keep_each_other(school):
    """Both have read the course before one of them is saved."""
    first, second = Course.objects.get(), Course.objects.get()
    courses.change_course(None, first, title="Renamed")
    courses.change_course(None, second, zone="America/Montreal")
    course = Course.objects.get()
    assert (course.title, course.zone) == ("Renamed", "America/Montreal")
    assert etag(row_version(course)) == etag(row_version(second))
