"""/api/v1/courses/: semesters, courses, groups and the people in them."""

import pytest

from accounts.models import AuditEvent
from courses.domain import roster
from courses.domain.student_repositories import give_repository
from courses.models import Course, Enrolment, Group, Semester
from gitsync.models import Registration

BASE = "/api/v1/courses"


def below(school, path=""):
    return f"{BASE}/{school.course.pk}/{path}"


def audit_verbs():
    return list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))


def test_a_semester_is_created_changed_and_deleted(teacher, api_of):
    api = api_of(teacher)
    created = api.post(f"{BASE}/semesters/", {"semester_id": "H2027", "starts_on": "2027-01-18"})
    assert (created.status_code, created.json()["teacher"]) == (201, "teacher")

    url = f"{BASE}/semesters/{created.json()['id']}"
    changed = api.patch(url, {"title": "Winter", "ends_on": "2027-05-21"}).json()
    assert (changed["title"], changed["starts_on"], changed["ends_on"]) == ("Winter", "2027-01-18", "2027-05-21")
    assert api.delete(url).status_code == 204
    assert not Semester.objects.exists()
    assert audit_verbs() == ["courses.create_semester", "courses.change_semester", "courses.delete_semester"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"semester_id": "a/b"}, 400, "semester_id"),
        ({}, 400, "semester_id"),
        ({"semester_id": "A2026"}, 409, "semester_id"),
        ({"semester_id": "X", "starts_on": "2027-02-01", "ends_on": "2027-01-01"}, 400, "ends_on"),
        ({"semester_id": "X", "starts_on": "soon"}, 400, "starts_on"),
        ({"semester_id": "X", "starts_on": "0001-01-01"}, 400, "starts_on"),
        ({"semester_id": "X", "ends_on": "9999-12-31"}, 400, "ends_on"),
        ({"semester_id": "X", "teacher": "alice"}, 403, "teacher"),
    ],
)
def test_a_malformed_semester_is_refused_with_its_field(school, api_of, body, status, field):
    response = api_of(school.course.teacher).post(f"{BASE}/semesters/", body)
    assert (response.status_code, response.json()["error"]["field"]) == (status, field)
    assert Semester.objects.count() == 1


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [("1000-01-01", "9998-12-31"), ("9998-12-31", None), ("9998-12-31", "9998-12-31"), (None, "1000-01-01")],
)
def test_the_pages_show_a_course_with_the_earliest_and_latest_accepted_days(
    school, api_of, client_of, starts_on, ends_on
):
    url = f"{BASE}/semesters/{school.course.semester_id}"
    days = {"starts_on": starts_on, "ends_on": ends_on}
    assert api_of(school.course.teacher).patch(url, days).status_code == 200
    for person, page in (
        (school.alice.person, "/"),
        (school.alice.person, f"/courses/{school.course.pk}/students/alice/"),
        (school.course.teacher, f"/courses/{school.course.pk}/"),
    ):
        assert client_of(person).get(page).status_code == 200, page


@pytest.mark.parametrize("name", ["semester", "course"])
def test_the_admin_shows_semesters_and_courses_and_changes_none(school, staff, client_of, name):
    client = client_of(staff)
    row = school.course.semester if name == "semester" else school.course
    assert client.get(f"/admin/courses/{name}/").status_code == 200
    assert client.get(f"/admin/courses/{name}/{row.pk}/change/").status_code == 200
    for path in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
        assert client.post(f"/admin/courses/{name}/{path}", {"title": "Changed", "post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert row.title != "Changed"


def test_a_semester_with_courses_is_not_deleted(school, api_of):
    response = api_of(school.course.teacher).delete(f"{BASE}/semesters/{school.course.semester_id}")
    assert (response.status_code, response.json()["error"]["code"]) == (409, "has_courses")


def test_only_the_teacher_staff_and_programs_reach_a_semester(school, person, staff, program, api_of):
    url = f"{BASE}/semesters/{school.course.semester_id}"
    for stranger in (school.alice.person, person("other", kind="teacher")):
        assert api_of(stranger).get(url).status_code == 404
        assert api_of(stranger).patch(url, {"title": "Mine"}).status_code == 404
        assert api_of(stranger).get(f"{BASE}/semesters/").json()["count"] == 0
    for trusted in (staff, program):
        assert api_of(trusted).get(f"{BASE}/semesters/?teacher=teacher").json()["count"] == 1


def test_a_course_is_renamed_moved_to_another_zone_and_archived(school, api_of):
    api = api_of(school.course.teacher)
    changed = api.patch(below(school), {"title": "Structures 2", "zone": "America/Montreal", "archived": True}).json()
    assert (changed["title"], changed["zone"]) == ("Structures 2", "America/Montreal")
    assert changed["archived_at"]
    assert api.get(f"{BASE}/?archived=false").json()["count"] == 0
    assert api.get(f"{BASE}/?archived=true&course_id=StruDon&teacher=teacher").json()["count"] == 1

    form_encoded = {"content_type": "application/x-www-form-urlencoded"}
    assert api.generic("PATCH", below(school), "title=Structures+2", **form_encoded).json()["archived_at"]
    assert api.patch(below(school), {"archived": False}).json()["archived_at"] is None
    refused = api.patch(below(school), {"zone": "Mars/Base"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "zone")
    assert audit_verbs().count("courses.change_course") == 2


@pytest.mark.parametrize(
    "path",
    ["groups", "teams", "tasks", "answers", "group-deadlines", "extensions", "enrolments", "repositories", "matrix",
     "progress", "repositories/unconfirmed"],
)  # fmt: skip
def test_every_list_of_a_course_refuses_an_unknown_filter(school, api_of, path):
    api = api_of(school.course.teacher)
    assert api.get(below(school, path)).status_code == 200
    answer = api.get(below(school, path), {"gruop": "A1"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "gruop")


def test_a_group_is_created_renamed_and_deleted_only_when_it_is_empty(school, api_of):
    api = api_of(school.course.teacher)
    created = api.post(below(school, "groups"), {"group_id": "B1"})
    assert (created.status_code, created.json()["students"]) == (201, 0)
    url = below(school, f"groups/{created.json()['id']}")
    assert api.patch(url, {"title": "Monday"}).json()["title"] == "Monday"
    assert api.delete(url).status_code == 204

    groups = api.get(below(school, "groups/")).json()["results"]
    assert [(row["group_id"], row["students"]) for row in groups] == [("A1", 1), ("A2", 1)]
    duplicate = api.post(below(school, "groups"), {"group_id": "A1"})
    assert (duplicate.status_code, duplicate.json()["error"]["field"]) == (409, "group_id")
    not_empty = api.delete(below(school, f"groups/{school.alice.group_id}"))
    assert (not_empty.status_code, not_empty.json()["error"]["code"]) == (409, "has_people")
    assert Group.objects.count() == 2


def test_a_new_group_changes_the_registration_and_removal_deletes_it(school, api_of):
    give_repository(school.alice.person, school.alice, repo_path="/depot", url="https://git.example/a.git")
    api, url = api_of(school.course.teacher), below(school, f"enrolments/{school.alice.pk}")

    assert api.patch(url, {"group": "A2"}).json()["group"] == "A2"
    assert Registration.objects.get().group_id == "A2"
    assert api.patch(url, {"role": "captain"}).json()["error"]["field"] == "role"
    assert api.delete(url).status_code == 204
    assert not Registration.objects.exists()
    assert not Enrolment.objects.filter(person__username="alice").exists()


def test_people_are_listed_by_group_role_and_name(school, api_of):
    api = api_of(school.course.teacher)

    def names(query):
        return [row["username"] for row in api.get(below(school, f"enrolments?{query}")).json()["results"]]

    assert names("group=A1") == ["alice"]
    assert names("username=bob&role=student") == ["bob"]
    assert names("role=assistant") == []
    assert api.get(below(school, "enrolments?role=captain")).json()["error"]["field"] == "role"


@pytest.mark.parametrize("path", ["", "groups", "enrolments", "matrix", "extensions", "group-deadlines"])
@pytest.mark.parametrize(
    ("who", "status"), [("alice", 403), ("charlie", 404), ("other", 404), ("program", 200), ("staff", 200)]
)
def test_only_those_who_see_the_class_read_it(school, request, person, api_of, path, who, status):
    user = person("other", kind="teacher") if who == "other" else request.getfixturevalue(who)
    expected = 200 if (who, path) == ("alice", "") else status
    assert api_of(user).get(below(school, path)).status_code == expected


def test_an_assistant_reads_but_changes_nothing(school, charlie, api_of):
    school.course.enrolments.create(person=charlie, role="assistant")
    api = api_of(charlie)
    assert api.get(below(school, "enrolments")).status_code == 200
    for path, body in (("groups", {"group_id": "X"}), ("enrolments", {"username": "x"}), ("tasks", {"path": "/x"})):
        assert api.post(below(school, path), body).status_code == 403
    assert api.patch(below(school), {"title": "Mine"}).status_code == 403
    assert Course.objects.get().title == "Structures"


def test_an_anonymous_request_gets_401(school, api):
    for path in ("", "groups", "enrolments", "tasks", "progress", "repositories"):
        assert api.get(below(school, path)).status_code == 401


@pytest.mark.parametrize("path", ["enrolments", "groups", ""])
def test_lists_take_as_many_queries_for_1_student_as_for_30(school, person, api_of, assert_flat, path):
    def add_students():
        for number in range(30):
            person(f"student{number}")
            roster.enrol(None, school.course, username=f"student{number}", group_id=f"G{number}")

    assert_flat(lambda: api_of(school.course.teacher).get(below(school, path)), add_students, limit=10)
