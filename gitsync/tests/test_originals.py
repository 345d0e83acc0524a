"""Messages as the original Java dashboard sends them, without the keys that it leaves out."""

import pytest

from gitsync.domain import registrations
from gitsync.models import CourseKey, Registration, WatchedExercise
from gitsync.tests.synced_course import COURSE, commit, register, watch
from gitsync.values import CourseIds
from kernel.testing.people import make_person

DEREGISTER = {
    "_C": "DeRegisterExercise",
    "teacherId": None,
    "courseId": "mathieu.bergeron/StruDon",
    "semesterId": None,
    "groupId": "01",
    "studentId": None,
    "exercisePath": "/tp1/exercice1",
    "repoPath": None,
}
# The page of a student's commits knows the teacher, but its request leaves them out.
COMMITS = {
    "_C": "GetCommitsForPath",
    "teacherId": None,
    "courseId": "StruDon",
    "semesterId": "H2021",
    "groupId": "01",
    "studentId": "1234500",
    "exercisePath": "/tp1",
    "repoPath": None,
    "authToken": "secret",
    "documentPath": {"_C": "DocumentPath", "collection": "CommitListModel", "documentId": "1"},
}
OTHER_TEACHER = CourseIds("nicolas.leduc", "H2021", "StruDon")


def watched_exercises() -> list[tuple[str, str]]:
    return sorted(WatchedExercise.objects.values_list("course__semester_id", "group_id"))


@pytest.fixture
def exercise(db):
    for group in ("01", "02"):
        watch("/tp1/exercice1", group_id=group)


# --- an exercise deleted without its semester -------------------------------------------------------------------------
def test_an_exercise_is_deleted_in_the_only_semester_that_watches_it(post_message, exercise):
    assert post_message(DEREGISTER).status_code == 200
    assert watched_exercises() == [("H2021", "02")]
    assert post_message({**DEREGISTER, "groupId": None}).status_code == 200
    assert watched_exercises() == []


def test_with_several_semesters_the_message_is_refused(post_message, exercise):
    other = CourseIds(COURSE.teacher_id, "A2021", COURSE.course_id)
    registrations.register_exercise(
        other, group_id="01", exercise_path="/tp1/exercice1", source_folder_path="/", completion_keywords=""
    )
    answer = post_message(DEREGISTER)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "semesterId")
    assert len(watched_exercises()) == 3
    assert post_message({**DEREGISTER, "semesterId": "A2021"}).status_code == 200
    assert watched_exercises() == [("H2021", "01"), ("H2021", "02")]


def test_an_unknown_exercise_is_accepted_and_creates_no_course(post_message, db):
    answer = post_message(DEREGISTER)
    assert (answer.status_code, list(answer.json())) == (200, ["request_id"])
    assert not CourseKey.objects.exists()


def test_another_teacher_may_not_delete_it(api_of, exercise):
    other = api_of(make_person("other", kind="teacher"))
    assert other.post("/_git_api", DEREGISTER, format="json").status_code == 403
    assert len(watched_exercises()) == 2


# --- a student's commits, without their teacher -----------------------------------------------------------------------
@pytest.fixture
def pushed(db):
    watch("/tp1", folder="/tp1")
    commit(register(), "a", ["tp1/Main.java"])


@pytest.mark.parametrize(("course_id", "teacher_id"), [("StruDon", "mathieu.bergeron"), ("*", "")])
@pytest.mark.parametrize("name", ["GetCommitsForPath", "GetCommitsForPathAndTimePeriod"])
def test_the_teacher_of_the_student_s_only_such_course_is_assumed(post_message, pushed, name, course_id, teacher_id):
    model = post_message({**COMMITS, "_C": name, "courseId": course_id}).json()
    assert (model["teacherId"], model["courseId"]) == (teacher_id, course_id)
    assert [commit["commitMessage"] for commit in model["commits"]["value"]] == ["a"]


def test_with_several_teachers_the_request_is_refused(post_message, pushed):
    register(course=OTHER_TEACHER, repo_url="https://github.com/test/other.git")
    answer = post_message(COMMITS)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "teacherId")
    assert post_message({**COMMITS, "teacherId": "nicolas.leduc"}).json()["commits"]["value"] == []


def test_a_student_without_a_repository_has_no_assumed_teacher(post_message, db):
    answer = post_message(COMMITS)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "teacherId")


def test_only_the_student_or_a_program_may_leave_the_teacher_out(api_of, pushed, settings):
    settings.GITSYNC_ENROLMENT_CHECK = "gitsync.tests.enrolments.everybody"

    def status(name: str, kind: str = "student") -> int:
        return api_of(make_person(name, kind=kind)).post("/_git_api", COMMITS, format="json").status_code

    assert status("1234500") == 200
    assert {status("1234567"), status("mathieu.bergeron", "teacher")} == {403}


def test_the_contract_s_own_requests_need_a_teacher(post_message, pushed):
    answer = post_message({**COMMITS, "_C": "GetCommitsForExercise"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "teacherId")


# --- numbers where the contract has text, and the other way round -----------------------------------------------------
def test_ids_may_be_numbers_and_dates_may_be_written_as_java_writes_them(post_message, pushed):
    ids = {"teacherId": "mathieu.bergeron", "semesterId": 2021, "courseId": 101, "groupId": 1, "studentId": 1234500}
    url = {"repoUrl": "https://github.com/test/numbers.git"}
    assert post_message({"_C": "RegisterGitRepo", **ids, **url}).status_code == 200
    registration = Registration.objects.get(course__course_id="101")
    assert (registration.group_id, registration.student.student_id) == ("1", "1234500")
    assert post_message({"_C": "DeleteGitRepo", **ids, **url, "studentId": 1234500.0}).status_code == 200
    assert not Registration.objects.filter(course__course_id="101").exists()

    request = {**COMMITS, "_C": "GetCommitsForPathAndTimePeriod", "studentId": 1234500, "fromDate": "1.615215E9"}
    model = post_message({**request, "toDate": "1.615215942E9"}).json()
    assert (model["studentId"], model["fromDate"], model["toDate"]) == ("1234500", 1_615_215_000, 1_615_215_942)
    assert post_message({**request, "toDate": "1.5"}).status_code == 400
    assert post_message({**request, "studentId": True}).status_code == 400
