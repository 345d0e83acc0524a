"""/api/v1/courses/: semesters, courses, groups and the people in them."""

import pytest

from accounts.models import AuditEvent
from courses.domain.student_repositories import give_repository
from courses.models import Course, Enrolment, Group, Semester
from gitsync.models import Registration

BASE = "/api/v1/courses"


def below(school, path=""):
    return f"{BASE}/{school.course.pk}/{path}"


def verbs():
    return list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))


def test_a_semester_is_made_changed_and_deleted(teacher, api_of):
    api = api_of(teacher)
    made = api.post(f"{BASE}/semesters/", {"semester_id": "H2027", "starts_on": "2027-01-18"})
    assert (made.status_code, made.json()["teacher"]) == (201, "teacher")

    address = f"{BASE}/semesters/{made.json()['id']}"
    changed = api.patch(address, {"title": "Winter", "ends_on": "2027-05-21"}).json()
    assert (changed["title"], changed["starts_on"], changed["ends_on"]) == ("Winter", "2027-01-18", "2027-05-21")
    assert api.delete(address).status_code == 204
    assert not Semester.objects.exists()
    assert verbs() == ["courses.create_semester", "courses.change_semester", "courses.delete_semester"]


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
def test_an_odd_semester_is_refused_by_its_field(school, api_of, body, status, field):
    answer = api_of(school.course.teacher).post(f"{BASE}/semesters/", body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (status, field)
    assert Semester.objects.count() == 1


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [("1000-01-01", "9998-12-31"), ("9998-12-31", None), ("9998-12-31", "9998-12-31"), (None, "1000-01-01")],
)
def test_the_pages_bear_every_semester_that_is_taken(school, api_of, client_of, starts_on, ends_on):
    address = f"{BASE}/semesters/{school.course.semester_id}"
    days = {"starts_on": starts_on, "ends_on": ends_on}
    assert api_of(school.course.teacher).patch(address, days).status_code == 200
    for who, page in (
        (school.alice.person, "/"),
        (school.alice.person, f"/courses/{school.course.pk}/students/alice/"),
        (school.course.teacher, f"/courses/{school.course.pk}/"),
    ):
        assert client_of(who).get(page).status_code == 200, page


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"semester_id": "a/b c"}, "semester_id"),
        ({"starts_on": "0001-01-01"}, "starts_on"),
        ({"starts_on": "2027-02-01", "ends_on": "2027-01-01"}, "ends_on"),
    ],
)
def test_the_admin_refuses_a_semester_as_the_verbs_do(school, staff, client_of, given, field):
    staff.is_superuser = True
    staff.save()
    form = {"teacher": school.course.teacher.pk, "semester_id": "H2027", **given}
    answer = client_of(staff).post("/admin/courses/semester/add/", form)
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert Semester.objects.count() == 1


def test_a_semester_with_courses_is_not_deleted(school, api_of):
    answer = api_of(school.course.teacher).delete(f"{BASE}/semesters/{school.course.semester_id}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "has_courses")


def test_semesters_are_their_teacher_s(school, person, staff, program, api_of):
    address = f"{BASE}/semesters/{school.course.semester_id}"
    for stranger in (school.alice.person, person("other", kind="teacher")):
        assert api_of(stranger).get(address).status_code == 404
        assert api_of(stranger).patch(address, {"title": "Mine"}).status_code == 404
        assert api_of(stranger).get(f"{BASE}/semesters/").json()["count"] == 0
    for trusted in (staff, program):
        assert api_of(trusted).get(f"{BASE}/semesters/?teacher=teacher").json()["count"] == 1


def test_a_course_is_renamed_and_put_away(school, api_of):
    api = api_of(school.course.teacher)
    changed = api.patch(below(school), {"title": "Structures 2", "zone": "America/Montreal", "archived": True}).json()
    assert (changed["title"], changed["zone"]) == ("Structures 2", "America/Montreal")
    assert changed["archived_at"]
    assert api.get(f"{BASE}/?archived=false").json()["count"] == 0
    assert api.get(f"{BASE}/?archived=true&course_id=StruDon&teacher=teacher").json()["count"] == 1

    as_a_form = {"content_type": "application/x-www-form-urlencoded"}
    assert api.generic("PATCH", below(school), "title=Structures+2", **as_a_form).json()["archived_at"]
    assert api.patch(below(school), {"archived": False}).json()["archived_at"] is None
    refused = api.patch(below(school), {"zone": "Mars/Base"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "zone")
    assert verbs().count("courses.change_course") == 2


def test_a_group_is_made_renamed_and_deleted_when_it_is_empty(school, api_of):
    api = api_of(school.course.teacher)
    made = api.post(below(school, "groups"), {"group_id": "B1"})
    assert (made.status_code, made.json()["students"]) == (201, 0)
    where = below(school, f"groups/{made.json()['id']}")
    assert api.patch(where, {"title": "Monday"}).json()["title"] == "Monday"
    assert api.delete(where).status_code == 204

    listed = api.get(below(school, "groups/")).json()["results"]
    assert [(row["group_id"], row["students"]) for row in listed] == [("A1", 1), ("A2", 1)]
    again = api.post(below(school, "groups"), {"group_id": "A1"})
    assert (again.status_code, again.json()["error"]["field"]) == (409, "group_id")
    full = api.delete(below(school, f"groups/{school.alice.group_id}"))
    assert (full.status_code, full.json()["error"]["code"]) == (409, "has_people")
    assert Group.objects.count() == 2


def test_another_group_moves_the_registration_and_leaving_removes_it(school, api_of):
    give_repository(school.alice.person, school.alice, repo_path="/depot", url="https://git.example/a.git")
    api, where = api_of(school.course.teacher), below(school, f"enrolments/{school.alice.pk}")

    assert api.patch(where, {"group": "A2"}).json()["group"] == "A2"
    assert Registration.objects.get().group_id == "A2"
    assert api.patch(where, {"role": "captain"}).json()["error"]["field"] == "role"
    assert api.delete(where).status_code == 204
    assert not Registration.objects.exists()
    assert not Enrolment.objects.filter(person__username="alice").exists()


def test_people_are_found_by_group_role_and_name(school, api_of):
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
def test_the_class_is_for_those_who_see_it(school, request, person, api_of, path, who, status):
    user = person("other", kind="teacher") if who == "other" else request.getfixturevalue(who)
    expected = 200 if (who, path) == ("alice", "") else status
    assert api_of(user).get(below(school, path)).status_code == expected


def test_an_assistant_reads_and_changes_nothing(school, charlie, api_of):
    school.course.enrolments.create(person=charlie, role="assistant")
    api = api_of(charlie)
    assert api.get(below(school, "enrolments")).status_code == 200
    for path, body in (("groups", {"group_id": "X"}), ("enrolments", {"username": "x"}), ("tasks", {"path": "/x"})):
        assert api.post(below(school, path), body).status_code == 403
    assert api.patch(below(school), {"title": "Mine"}).status_code == 403
    assert Course.objects.get().title == "Structures"


def test_nobody_is_asked_to_sign_in(school, api):
    for path in ("", "groups", "enrolments", "tasks", "progress", "repositories"):
        assert api.get(below(school, path)).status_code == 401


@pytest.mark.parametrize("path", ["enrolments", "groups", ""])
def test_lists_take_the_same_queries_for_1_and_for_30(school, person, api_of, assert_flat, path):
    from courses.domain import roster

    def more():
        for number in range(30):
            person(f"student{number}")
            roster.enrol(None, school.course, username=f"student{number}", group_id=f"G{number}")

    assert_flat(lambda: api_of(school.course.teacher).get(below(school, path)), more, limit=10)
