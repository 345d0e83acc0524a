"""Who is a student of a course for the Git module: only these register repositories over its wire."""

import pytest

from courses.domain import roster
from courses.git.enrolment_check import is_enrolled
from courses.models import Enrolment
from gitsync.models import Registration
from gitsync.values import CourseIds

URL = "http://git.school.example:8080/bob/strudon"
IDS = CourseIds("teacher", "A2026", "StruDon")


@pytest.fixture(autouse=True)
def own_forge_of_the_school(settings):
    settings.GIT_LOCAL_SERVERS = frozenset({"git.school.example:8080"})


@pytest.mark.parametrize(
    ("ids", "student", "path", "enrolled"),
    [
        (IDS, "alice", None, True),
        (IDS, "alice", "/depot", True),
        (IDS, "alice", "/", False),
        (IDS, "alice", "/tp1", False),
        (IDS, "charlie", None, False),
        (IDS, "teacher", None, False),
        (CourseIds("teacher", "A2026", "Invented"), "alice", None, False),
        (CourseIds("alice", "A2026", "StruDon"), "alice", None, False),
    ],
)
def test_a_student_whom_a_teacher_enrolled_is_in_the_course(school, charlie, ids, student, path, enrolled):
    assert is_enrolled(ids, student, path) is enrolled


def test_an_assistant_is_not_a_student_of_the_course(school, charlie):
    roster.enrol(None, school.course, username="charlie", role=Enrolment.Role.ASSISTANT)
    assert not is_enrolled(IDS, "charlie")


def test_over_the_wire_a_student_registers_only_where_a_course_asks_for_a_repository(school, api_of, charlie):
    body = {"_C": "RegisterGitRepo", "teacherId": "teacher", "semesterId": "A2026", "courseId": "StruDon"}
    body["groupId"] = "A1"
    alice = api_of(school.alice.person)

    def register(client, student, **values):
        return client.post("/_git_api", {**body, "studentId": student, "repoUrl": URL, "repoPath": "/depot", **values})

    assert register(alice, "alice", courseId="Invented").status_code == 403
    assert register(alice, "alice", teacherId="ada").status_code == 403
    assert register(alice, "alice", repoPath="/").status_code == 403
    assert register(alice, "bob").status_code == 403
    assert register(api_of(charlie), "charlie").status_code == 403
    assert not Registration.objects.exists()

    request_id = register(alice, "alice").json()["request_id"]

    assert Registration.objects.get().hidden
    assert alice.get(f"/api/v1/gitsync/requests/{request_id}").json()["error"] == "waiting"
