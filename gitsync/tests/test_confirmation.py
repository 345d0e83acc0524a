"""Naming the URL of a repository that the public cannot read gives nobody its commits before a teacher confirms it.

Real repositories on a server of GIT_LOCAL_SERVERS, messages over the wire with the bearers of students and teachers.
"""

import pytest

from accounts.models import AuditEvent
from gitsync.domain import confirmation
from gitsync.models import Commit, LocalCopy, Registration, Repository, Request
from gitsync.rules.repository_url import is_public_server
from gitsync.syncing import sync, sync_queue
from gitsync.syncing.store_removal import remove_stores
from gitsync.tests.builders import event_kinds, exercise
from gitsync.tests.golden import nothing_is_kept
from gitsync.values import CourseIds
from kernel.testing.people import make_person

pytestmark = pytest.mark.django_db
COURSE = CourseIds("ada", "H2027", "StruDon")
IDS = {"teacherId": "ada", "semesterId": "H2027", "courseId": "StruDon"}
EVERYTHING = ["OnClone", "OnNewCommits", "OnExerciseCompleted"]


@pytest.fixture(autouse=True)
def enrolled_in_strudon(settings):
    settings.GITSYNC_ENROLMENT_CHECK = "gitsync.tests.enrolments.in_strudon"


@pytest.fixture
def mallory(db):
    return make_person("mallory")


@pytest.fixture
def ada(db):
    return make_person("ada", kind="teacher")


@pytest.fixture
def send(api_of):
    """`send(person, name, …)` posts to the Git wire with the person's bearer, and returns the answer."""

    def post(person, name, **values):
        student = person.username if person.kind == "student" else "mallory"
        return api_of(person).post("/_git_api", {"_C": name, **IDS, "studentId": student, **values})

    return post


@pytest.fixture
def register(send, work, git_server):
    """`register(person)` registers bob's repository, which exists, for mallory; it returns the state of the Request."""
    exercise("/tp1", keywords="TP1")

    def post(person, **values):
        answer = send(person, "RegisterGitRepo", **{"repoUrl": git_server.url("bob"), **values})
        assert answer.status_code == 200, answer.content
        return Request.objects.get(pk=answer.json()["request_id"])

    return post


def read_now(repository_id=None):
    repository_id = repository_id or Repository.objects.get().pk
    sync_queue.request_sync(repository_id, force=True)
    assert sync.sync_repository(repository_id)


def commits(send, person, name="GetCommitsForRepo", **values):
    model = send(person, name, **values).json()
    return [commit["commitMessageFirstLine"] for commit in model["commits"]["value"]]


# --- who may send what ------------------------------------------------------------------------------------------------
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


# --- confirmed --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("caller", ["ada", "program", "staff"])
def test_teachers_programs_and_staff_answer_for_their_students(register, request, caller):
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
    assert list(Registration.objects.hidden().values_list("pk", flat=True)) == [first]
    assert confirmation.confirm(COURSE, ada) == 1
    assert confirmation.confirm(COURSE, ada) == 0


# --- which servers are public -----------------------------------------------------------------------------------------
def test_the_demonstration_s_own_server_counts_as_public(register, send, mallory, git_server, settings):
    settings.DEMO_GIT_SERVER = git_server.host
    assert register(mallory).error == ""
    read_now()
    assert event_kinds() == EVERYTHING
    assert commits(send, mallory) == ["first", "TP1 done"]


def test_a_repository_of_a_public_forge_is_not_hidden(send, mallory):
    number = send(mallory, "RegisterGitRepo", repoUrl="https://github.com/a/b").json()["request_id"]
    assert Request.objects.get(pk=number).state == "pending"
    assert not Registration.objects.get().hidden


def test_a_server_that_becomes_local_hides_what_only_students_registered(send, mallory, program, settings):
    """A forge without a public address fails, until the operator names it. Nothing of it is shown then either."""
    url = "https://git.school.example/a/b"
    send(mallory, "RegisterGitRepo", repoUrl=url)
    assert not Registration.objects.get().hidden
    settings.GIT_LOCAL_SERVERS = frozenset({"git.school.example:443"})
    read_now()
    assert Registration.objects.hidden().count() == 1

    settings.GIT_LOCAL_SERVERS = frozenset()
    read_now()
    assert Registration.objects.hidden().count() == 1, "until the server is read as the public reads it"


@pytest.mark.parametrize(
    ("scheme", "host", "public"),
    [
        ("https", "git.school.example", False),
        ("http", "git.school.example", True),
        ("http", "git.school.example:8080", False),
        ("https", "[::1]:8124", False),
        ("https", "[::1]", True),
        ("http", "127.0.0.1:9000", True),
        ("https", "github.com", True),
    ],
)
def test_a_server_in_git_local_servers_is_not_public(settings, scheme, host, public):
    local = {"git.school.example:443", "git.school.example:8080", "[::1]:8124", "127.0.0.1:9000"}
    settings.GIT_LOCAL_SERVERS, settings.DEMO_GIT_SERVER = frozenset(local), "127.0.0.1:9000"
    assert is_public_server(scheme, host) is public
