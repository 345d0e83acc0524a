"""A course is shown a private repository only if a permission of its own reads it, whoever else has it."""

import pytest

from gitsync.domain import credentials
from gitsync.domain.registrations import register_repository
from gitsync.models import Credential, Registration
from gitsync.tests.builders import events, exercise
from gitsync.tests.student_messages import read_now
from gitsync.values import CourseIds

pytestmark = pytest.mark.django_db
COURSE = CourseIds("ada", "H2027", "StruDon")
TOKEN = "glpat-not-a-real-token"


@pytest.fixture(autouse=True)
def on_the_internet(git_server, settings):
    settings.DEMO_GIT_SERVER = git_server.host


EVE = CourseIds("eve", "H2027", "Spying")


@pytest.mark.parametrize("scope", ["course", "host", "registration"])
def test_a_teacher_of_another_course_is_shown_nothing_by_the_permission_of_this_one(git_server, work, scope):
    git_server.accepted = {f"Bearer {TOKEN}": 200}
    exercise("/tp1", keywords="TP1")
    register_repository(COURSE, student_id="bob", repo_url=git_server.url("bob"))
    owner = {"course": COURSE, "host": None}.get(scope, Registration.objects.get())
    served = {"courses": [COURSE]} if scope == "host" else {}
    credentials.save_token(None, owner, host=git_server.host, token=TOKEN, bearer=True, **served)
    read_now()
    register_repository(EVE, student_id="victim", repo_url=git_server.url("bob"))
    spying = Registration.objects.get(course__teacher_id="eve")
    assert spying.hidden and not spying.waits
    read_now()
    assert [event.kind for event in events(registration=spying)] == ["OnCloneFailed"]
    assert not Registration.objects.shown().filter(pk=spying.pk).exists()
    assert Registration.objects.shown().filter(student__student_id="bob").exists()

    credentials.save_token(None, EVE, host=git_server.host, token="wrong", bearer=True)
    read_now()
    assert not Registration.objects.shown().filter(pk=spying.pk).exists()
    git_server.accepted["Bearer of-eve"] = 200
    credentials.save_token(None, EVE, host=git_server.host, token="of-eve", bearer=True)
    read_now()
    assert Registration.objects.shown().filter(pk=spying.pk).exists()
    assert "OnClone" in [event.kind for event in events(registration=spying)]


def test_a_course_whose_credential_is_revoked_is_shown_nothing_more(git_server, work):
    git_server.accepted = {"Bearer of-ada": 200, "Bearer of-eve": 200}
    for course, student, token in ((COURSE, "bob", "of-ada"), (EVE, "victim", "of-eve")):
        register_repository(course, student_id=student, repo_url=git_server.url("bob"))
        credentials.save_token(None, course, host=git_server.host, token=token, bearer=True)
        read_now()
    assert Registration.objects.shown().count() == 2
    credentials.revoke(None, Credential.objects.get(course__teacher_id="eve").pk)
    read_now()
    assert [row.course.teacher_id for row in Registration.objects.shown()] == ["ada"]


def test_a_student_of_another_course_learns_as_much_as_of_a_repository_that_nobody_reads(git_server, work):
    git_server.accepted = {f"Bearer {TOKEN}": 200}
    register_repository(COURSE, student_id="bob", repo_url=git_server.url("bob"))
    credentials.save_token(None, COURSE, host=git_server.host, token=TOKEN, bearer=True)
    read_now()
    answers = []
    for name in ("bob", "nobody"):
        request = register_repository(EVE, student_id="mallory", repo_url=git_server.url(name), confirmed=False)
        before = (request.state, request.error)
        read_now(request.repository_id)
        request.refresh_from_db()
        row = Registration.objects.get(student__student_id="mallory")
        kinds = [(event.kind, event.body["reason"]) for event in events(registration=row)]
        answers.append((before, (request.state, request.error), kinds, row.waits))
    assert answers[0] == answers[1]
    assert answers[0][1] == ("failed", "no_access")


def test_a_student_whose_course_reads_it_waits_and_the_message_says_so(git_server, work):
    git_server.accepted = {f"Bearer {TOKEN}": 200}
    credentials.save_token(None, COURSE, host=git_server.host, token=TOKEN, bearer=True)
    request = register_repository(COURSE, student_id="bob", repo_url=git_server.url("bob"), confirmed=False)
    read_now()
    request.refresh_from_db()
    assert (request.state, request.error) == ("failed", "waiting")
    assert list(Registration.objects.waiting()) == [Registration.objects.get()]
    assert events() == []
