"""A student sends messages about their own repositories only, in courses that ask them for one."""

import pytest

from gitsync.models import Registration
from gitsync.tests.golden import nothing_is_kept
from gitsync.tests.student_messages import commits, read_now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("enrolled_in_strudon")]


def test_a_student_registers_nothing_in_a_course_where_they_are_not_enrolled(send, mallory, work, git_server):
    """The attack: a course that a student invents, with somebody else's repository."""
    answer = send(mallory, "RegisterGitRepo", courseId="Invented", repoUrl=git_server.url("bob"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_enrolled")
    assert nothing_is_kept()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("DeleteGitRepo", {"repoUrl": "https://github.com/a/b"}),
        ("GetCommitsForRepo", {}),
        ("GetCommitsForExercise", {"exercisePath": "/"}),
        ("GetCommitsForPath", {"exercisePath": "/"}),
    ],
)
def test_a_student_asks_nothing_about_a_course_where_they_are_not_enrolled(send, mallory, name, values):
    assert send(mallory, name, courseId="Invented", **values).status_code == 403


@pytest.mark.parametrize("name", ["RegisterGitRepo", "DeleteGitRepo"])
def test_a_student_registers_and_deletes_only_where_the_course_asks_for_a_repository(send, mallory, name):
    url = "https://github.com/a/b"
    assert send(mallory, name, repoPath="/elsewhere", repoUrl=url).status_code == 403
    assert send(mallory, name, repoPath="/depot", repoUrl=url).status_code == 200


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("RegisterGitRepo", {"repoUrl": "https://github.com/a/b"}),
        ("DeleteGitRepo", {"repoUrl": "https://github.com/a/b"}),
        ("GetCommitsForRepo", {}),
        ("GetCommitsForExercise", {"exercisePath": "/"}),
        ("GetCommitsForPath", {"exercisePath": "/"}),
    ],
)
def test_a_student_names_no_group_of_others(send, mallory, program, name, values):
    answer = send(mallory, name, groupId="02", **values)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_in_group")
    assert answer.json()["error"]["field"] == "groupId"
    assert nothing_is_kept()
    assert send(program, name, groupId="02", **values).status_code == 200


def test_without_an_enrolment_check_students_are_refused(send, mallory, settings):
    settings.GITSYNC_ENROLMENT_CHECK = ""
    assert send(mallory, "RegisterGitRepo", repoUrl="https://github.com/a/b").status_code == 403
    assert send(mallory, "GetCommitsForRepo").status_code == 403
    assert nothing_is_kept()


def test_every_course_of_a_student_is_every_course_where_they_are_enrolled(send, mallory, program, register):
    register(program)
    register(program, courseId="Former", repoPath="/former")
    read_now()
    assert commits(send, mallory, courseId="*") == ["first", "TP1 done"]
    Registration.objects.filter(course__course_id="StruDon").delete()
    assert commits(send, mallory, courseId="*") == []
    assert commits(send, program, courseId="*") == ["first", "TP1 done"]
