"""Naming the URL of a repository that the public cannot read gives nobody its commits before a teacher confirms it.

Real repositories on a server of GIT_LOCAL_SERVERS, messages over the wire with the bearers of students and teachers.
"""

import pytest

from accounts.models import AuditEvent
from gitsync.domain import confirmation
from gitsync.models import Commit, EarlierTime, FormerRepository, LocalCopy, Registration, Request
from gitsync.syncing.store_removal import remove_stores
from gitsync.tests.builders import event_kinds
from gitsync.tests.student_messages import EVERYTHING, commits, read_now
from gitsync.values import CourseIds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("enrolled_in_strudon")]
COURSE = CourseIds("ada", "H2027", "StruDon")


# --- hidden -----------------------------------------------------------------------------------------------------------
def test_a_student_s_registration_is_hidden_until_the_teacher_confirms_it(register, send, mallory, ada):
    request = register(mallory)
    assert (request.state, request.error) == ("failed", "waiting")

    read_now()

    assert event_kinds() == []
    for name in ("GetCommitsForRepo", "GetCommitsForExercise", "GetCommitsForPath"):
        values = {} if name == "GetCommitsForRepo" else {"exercisePath": "/tp1"}
        for person in (mallory, ada):
            assert commits(send, person, name, **values) == []
            assert commits(send, person, name, courseId="*", **values) == []
    assert send(ada, "GetStudentSummaries", exercisePath="/tp1").json()["summaries"] == [
        summary("mallory", completed=False)
    ]
    request.refresh_from_db()
    assert (request.state, request.error) == ("failed", "waiting")

    assert confirmation.confirm(COURSE, ada) == 1
    read_now()

    assert event_kinds() == EVERYTHING
    assert commits(send, mallory) == ["first", "TP1 done"]
    assert send(ada, "GetStudentSummaries", exercisePath="/tp1").json()["summaries"][0]["exerciseCompleted"] is True
    request.refresh_from_db()
    assert (request.state, request.error) == ("done", "")
    event = AuditEvent.objects.get(verb="gitsync.confirm_registration")
    assert (event.actor, event.after["student"]) == (ada, "mallory")


def summary(student_id, *, completed):
    return {
        "_C": "StudentSummary",
        "studentId": student_id,
        "lastCommitBeforeDealine": 0,
        "lastCommitAfterDealine": 0,
        "exerciseCompleted": completed,
        "exerciseCompletedBeforeDeadline": completed,
        "lastCommitBeforeDeadline": 0,
        "lastCommitAfterDeadline": 0,
    }


def test_a_repository_that_others_have_already_is_hidden_too(register, send, mallory, program):
    register(program, studentId="bob")
    read_now()
    assert event_kinds() == EVERYTHING

    request = register(mallory)

    assert (request.state, request.error) == ("failed", "waiting")
    assert event_kinds() == EVERYTHING
    assert commits(send, mallory) == []


@pytest.mark.parametrize("reason", ["not_found", ""])
def test_a_hidden_registration_does_not_tell_whether_the_repository_exists(send, mallory, git_server, work, reason):
    url = git_server.url("nobody" if reason else "bob")
    number = send(mallory, "RegisterGitRepo", repoUrl=url).json()["request_id"]
    read_now()
    assert LocalCopy.objects.get().reason == reason
    request = Request.objects.get(pk=number)
    assert (request.state, request.error, event_kinds()) == ("failed", "waiting", [])


def test_a_push_to_a_hidden_repository_is_timed_and_sends_no_event(register, mallory, ada, work):
    register(mallory)
    read_now()
    work.commit("TP1 again", more_txt="1\n")
    work.push()
    read_now()
    assert event_kinds() == []
    assert Commit.objects.exclude(seen_after=None).count() == 1

    confirmation.confirm(COURSE, ada)
    read_now()
    assert event_kinds() == EVERYTHING


def test_deleting_a_hidden_registration_does_not_tell_who_else_has_the_repository(register, send, mallory, program):
    register(program, studentId="bob")
    url = register(mallory).body["repoUrl"]
    number = send(mallory, "DeleteGitRepo", repoUrl=url).json()["request_id"]
    assert Request.objects.get(pk=number).state == "pending"
    remove_stores()
    assert Request.objects.get(pk=number).state == "done"
    assert Registration.objects.get().student.student_id == "bob"


def test_a_hidden_registration_leaves_no_times_to_the_next_one(register, send, mallory):
    url = register(mallory).body["repoUrl"]
    read_now()
    send(mallory, "DeleteGitRepo", repoUrl=url)
    assert (EarlierTime.objects.count(), FormerRepository.objects.count()) == (0, 0)


def test_a_hidden_repository_in_the_place_of_a_shown_one_keeps_the_times_of_that(register, mallory, ada, git_server):
    register(ada)
    read_now()
    number = Commit.objects.count()
    kept = {"student__student_id": "mallory"}
    register(mallory, repoUrl=git_server.url("carol"))
    assert EarlierTime.objects.filter(**kept).count() == number
    read_at = FormerRepository.objects.get(**kept).read_at

    register(mallory, repoUrl=git_server.url("dora"))

    assert EarlierTime.objects.filter(**kept).count() == number
    assert FormerRepository.objects.get(**kept).read_at == Registration.objects.get().former_read_at == read_at


# --- confirmed --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("caller", ["ada", "program", "staff"])
def test_a_registration_by_a_teacher_a_program_or_staff_is_confirmed(register, request, caller):
    register(request.getfixturevalue(caller))
    read_now()
    assert event_kinds() == EVERYTHING


def test_a_registration_that_the_teacher_repeats_is_confirmed(register, send, mallory, ada):
    register(mallory)
    register(ada)
    read_now()
    assert event_kinds() == EVERYTHING
    assert register(mallory).error == "", "the student's own message takes nothing back"
    assert commits(send, mallory) == ["first", "TP1 done"]


def test_a_confirmed_student_who_names_another_repository_waits_again(register, send, mallory, ada, git_server):
    other = git_server.create("carol")
    other.commit("secret")
    other.push()
    register(mallory)
    confirmation.confirm(COURSE, ada)

    assert register(mallory, repoUrl=git_server.url("carol")).error == "waiting"

    read_now()
    assert commits(send, mallory) == []


def test_only_what_the_teacher_saw_is_confirmed(register, mallory, ada, git_server):
    register(mallory)
    seen = Registration.objects.get().pk
    register(mallory, repoUrl=git_server.url("carol"))
    assert confirmation.confirm(COURSE, ada, [seen]) == 0
    assert Registration.objects.get().hidden


def test_one_or_all_registrations_of_the_course_are_confirmed(register, mallory, ada, program):
    register(mallory)
    register(mallory, repoPath="/depot")
    other_course = CourseIds("ada", "H2027", "IntroProg")
    first, second = Registration.objects.order_by("pk").values_list("pk", flat=True)
    assert confirmation.confirm(other_course, ada) == 0
    assert confirmation.confirm(COURSE, ada, [second]) == 1
    assert list(Registration.objects.waiting().values_list("pk", flat=True)) == [first]
    assert confirmation.confirm(COURSE, ada) == 1
    assert confirmation.confirm(COURSE, ada) == 0


def test_the_message_about_a_hidden_repository_that_is_paused_ends(register, mallory, ada):
    register(mallory)
    LocalCopy.objects.update(status="paused", reason="not_found")
    request = register(mallory)
    assert (request.state, request.error) == ("failed", "waiting")

    confirmation.confirm(COURSE, ada)

    assert set(Request.objects.values_list("state", "error")) == {("failed", "not_found")}
    assert event_kinds() == ["OnCloneFailed"]
