"""The ids that a student's bearer may name on the Git wire, with the enrolment check of courses."""

import pytest

from courses.domain import roster
from gitsync.models import CourseKey, Registration, Request, WatchedExercise
from gitsync.queries.student_summaries import late_students
from gitsync.values import CourseIds, ExerciseRequest

IDS = {"teacherId": "teacher", "semesterId": "A2026", "courseId": "StruDon"}
URL = "https://github.com/alice/strudon.git"


@pytest.fixture
def say(school, api_of):
    """`say("RegisterGitRepo", …)` posts a message with alice's bearer about alice's own repository and group."""

    def post(name, **values):
        own = {"groupId": "A1", "studentId": "alice", "repoPath": "/depot", "repoUrl": URL, "exercisePath": "/"}
        body = {"_C": name, **IDS, **own, **values}
        return api_of(school.alice.person).post("/_git_api", {key: value for key, value in body.items() if value})

    return post


def error(answer):
    return answer.status_code, answer.json()["error"]["code"]


def group_of(student="alice"):
    return Registration.objects.get(student__student_id=student).group_id


def test_a_student_registers_in_their_own_group(say):
    assert say("RegisterGitRepo").status_code == 200
    assert group_of() == "A1"


@pytest.mark.parametrize("group", ["A2", "a1", "A1x", "invented", ""], ids=["of bob", "case", "more", "new", "none"])
def test_a_student_leaves_their_group_neither_for_another_nor_for_none(say, school, group):
    """Without a group, or in another one, a student would be missing among the late ones of their group."""
    say("RegisterGitRepo")
    assert error(say("RegisterGitRepo", groupId=group)) == (403, "not_in_group")
    assert group_of() == "A1"
    request = ExerciseRequest(CourseIds(*IDS.values()), "A1", "/tp1/exercice1", 1)
    assert late_students(request)["studentIds"] == ["alice"]


def test_a_student_without_a_group_names_none(say, school):
    roster.enrol(None, school.course, username="alice", group_id="")
    assert error(say("RegisterGitRepo")) == (403, "not_in_group")
    assert say("RegisterGitRepo", groupId="").status_code == 200
    assert group_of() == ""


def test_a_student_whom_the_teacher_moves_names_the_new_group(say, school):
    roster.enrol(None, school.course, username="alice", group_id="A2")
    assert error(say("RegisterGitRepo")) == (403, "not_in_group")
    assert say("RegisterGitRepo", groupId="A2").status_code == 200


@pytest.mark.parametrize("name", ["DeleteGitRepo", "GetCommitsForRepo", "GetCommitsForExercise", "GetCommitsForPath"])
def test_a_student_need_not_name_the_group_to_read_and_delete_but_names_no_other(say, name):
    say("RegisterGitRepo")
    assert error(say(name, groupId="A2")) == (403, "not_in_group")
    assert Registration.objects.exists()
    assert say(name, groupId="").status_code == say(name).status_code == 200


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"studentId": "bob"}, "not_allowed"),
        ({"studentId": "Alice"}, "not_allowed"),
        ({"studentId": "teacher"}, "not_allowed"),
        ({"teacherId": "alice"}, "not_enrolled"),
        ({"teacherId": "staff"}, "not_enrolled"),
        ({"semesterId": "H2027"}, "not_enrolled"),
        ({"semesterId": "a2026"}, "not_enrolled"),
        ({"courseId": "Other"}, "not_enrolled"),
        ({"courseId": "strudon"}, "not_enrolled"),
        ({"courseId": "teacher/Other"}, "not_enrolled"),
    ],
)
@pytest.mark.parametrize(
    "name", ["RegisterGitRepo", "DeleteGitRepo", "GetCommitsForRepo", "GetCommitsForExercise", "GetCommitsForPath"]
)
def test_a_student_names_no_other_person_teacher_semester_or_course(say, school, staff, name, values, code):
    say("RegisterGitRepo")
    before = Request.objects.count(), CourseKey.objects.count()
    assert error(say(name, **values)) == (403, code)
    assert (Request.objects.count(), CourseKey.objects.count()) == before
    assert Registration.objects.count() == 1


@pytest.mark.parametrize("path", ["/", "/tp1", "/tp1/exercice1", "/depot/more", "/Depot"])
@pytest.mark.parametrize("name", ["RegisterGitRepo", "DeleteGitRepo"])
def test_a_student_registers_and_deletes_at_no_other_place(say, name, path):
    assert error(say(name, repoPath=path)) == (403, "not_enrolled")


@pytest.mark.parametrize(
    "name",
    [
        "RegisterExercise", "ModifyExercise", "DeleteExercise", "DeRegisterExercise", "RegisterGitRepoForCourse",
        "RegisterGitRepoForTeacher", "GetLateStudents", "GetStudentSummaries",
    ],
)  # fmt: skip
def test_a_student_names_no_exercise_to_change_and_no_class_to_list(say, school, name):
    before = list(WatchedExercise.objects.order_by("pk").values())
    body = {"exercisePath": "/tp1/exercice1", "sourceFolderPath": "/", "completionKeywords": "x", "deadline": 1}
    assert say(name, **body).status_code == 403
    assert list(WatchedExercise.objects.order_by("pk").values()) == before


def test_the_repository_of_another_student_is_neither_deleted_nor_replaced(say, school, api_of):
    bob = {"groupId": "A2", "studentId": "bob", "repoUrl": "https://github.com/bob/strudon.git"}
    body = {"_C": "RegisterGitRepo", **IDS, "repoPath": "/depot", **bob}
    assert api_of(school.bob.person).post("/_git_api", body).status_code == 200
    say("RegisterGitRepo")
    assert say("DeleteGitRepo", repoUrl=bob["repoUrl"]).status_code == 200  # not the stored one: nothing is deleted
    assert error(say("DeleteGitRepo", studentId="bob", repoUrl=bob["repoUrl"])) == (403, "not_allowed")
    assert Registration.objects.count() == 2
    assert group_of("bob") == "A2"


def test_the_state_of_the_message_of_another_student_is_not_told(say, school, api_of):
    request_id = say("RegisterGitRepo").json()["request_id"]
    address = f"/api/v1/gitsync/requests/{request_id}/"
    assert api_of(school.alice.person).get(address).status_code == 200
    assert api_of(school.bob.person).get(address).status_code == 404
