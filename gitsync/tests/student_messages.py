"""Messages over the wire with the bearers of a student and a teacher, about a real repository of another student."""

import pytest

from gitsync.models import Repository, Request
from gitsync.syncing import sync, sync_queue
from gitsync.tests.builders import exercise
from kernel.testing.people import make_person

IDS = {"teacherId": "ada", "semesterId": "H2027", "courseId": "StruDon"}
EVERYTHING = ["OnClone", "OnNewCommits", "OnExerciseCompleted"]


@pytest.fixture
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
