"""From message to answer, over HTTP only: a real push over smart HTTP, a hook, and answers compared with git's own."""

from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from gitsync import tasks
from gitsync.models import LocalCopy, OutboxEvent, Request
from gitsync.syncing.rematch import pending_requests

pytestmark = pytest.mark.django_db(transaction=True)
COURSE = {"teacherId": "ada", "courseId": "StruDon", "semesterId": "H2027"}
BOB = {**COURSE, "groupId": "01", "studentId": "bob"}


@pytest.fixture
def work(git_server):
    work = git_server.create("bob")
    work.commit("first", README_txt="hello\n")
    work.commit("Exercice 1: fini", tp1__Main_txt="1\n2\n3\n")
    work.push()
    return work


@pytest.fixture
def send(program, api_of):
    def post(name, **values):
        answer = api_of(program).post("/_git_api", {"_C": name, **values})
        assert answer.status_code == 200, answer.content
        return answer.json()

    return post


@pytest.fixture
def run_worker(queued):
    """Run the queued tasks until none is left, as a worker does."""

    def run():
        current_app.loader.import_default_modules()
        while queued:
            name, *arguments = queued.pop(0)
            if name != "gitsync.tasks.deliver":
                current_app.tasks[name].run(*arguments)

    return run


def take_events() -> list[tuple[str, ...]]:
    """Return the local events so far, and delete them."""
    rows = OutboxEvent.objects.filter(target="local").order_by("pk")
    events = [
        (row.kind, *(row.body[key] for key in ("exercisePath", "exerciseCompleted") if key in row.body)) for row in rows
    ]
    OutboxEvent.objects.all().delete()
    return events


def numstat(work) -> dict[str, dict[str, int]]:
    """Return sha -> path -> lines added and removed, as git counts them."""
    out = work.git("log", "--numstat", "--no-renames", "--format=commit %H").decode()
    commits: dict[str, dict[str, int]] = {}
    for line in filter(None, out.splitlines()):
        if line.startswith("commit "):
            files = commits[line.removeprefix("commit ")] = {}
        else:
            added, removed, path = line.split("\t")
            files["/" + path] = int(added) + int(removed)
    return commits


def efforts(model) -> dict[str, dict[str, int]]:
    return {
        commit["commitId"]: {file["path"]: file["estimatedEffort"] for file in commit["modifiedFiles"]}
        for commit in model["commits"]["value"]
    }


def test_from_the_first_message_to_the_last_answer(send, work, run_worker, git_server, api):
    send("RegisterExercise", **COURSE, exercisePath="/tp1", sourceFolderPath="/tp1", completionKeywords="Exercice 1")
    accepted = send("RegisterGitRepo", **BOB, repoUrl=git_server.url("bob"))
    assert Request.objects.get(pk=accepted["request_id"]).state == "pending"
    run_worker()
    assert Request.objects.get(pk=accepted["request_id"]).state == "done"
    assert not OutboxEvent.objects.filter(target="local", delivered_at=None).exists(), (
        "the sync has delivered them itself"
    )
    assert take_events() == [("OnClone",), ("OnNewCommits",), ("OnExerciseCompleted", "/tp1")]

    work.commit("encore", tp1__Main_txt="1\n2\n3\n4\n", tp2__Other_txt="a\n")
    work.push()
    LocalCopy.objects.update(started_at=None)  # as after a pause of two seconds
    hook = api.post(
        "/_git_hook",
        {"after": work.head(), "repository": {"clone_url": git_server.url("bob")}},
        headers={"X-GitHub-Event": "push", "X-GitHub-Delivery": "1"},
    )
    run_worker()
    assert Request.objects.get(pk=hook.json()["request_id"]).state == "done"
    assert take_events() == [("OnPull",), ("OnNewCommits",)]

    assert efforts(send("GetCommitsForRepo", **BOB)) == numstat(work)
    of_exercise = send("GetCommitsForExercise", **BOB, exercisePath="/tp1")
    assert [commit["commitMessageFirstLine"] for commit in of_exercise["commits"]["value"]] == [
        "Exercice 1: fini",
        "encore",
    ]
    assert send("GetLateStudents", **COURSE, exercisePath="/tp1", deadline=1)["studentIds"] == ["bob"]
    (summary,) = send("GetStudentSummaries", **COURSE, exercisePath="/tp1", deadline=1)["summaries"]
    assert (summary["exerciseCompleted"], summary["exerciseCompletedBeforeDeadline"]) == (True, False)

    send("RegisterExercise", **COURSE, exercisePath="/tp2", sourceFolderPath="/tp2", completionKeywords="encore")
    assert pending_requests().count() == 1
    run_worker()
    assert not pending_requests().exists()
    assert take_events() == [("OnExerciseCompletedUpdate", "/tp2", "True"), ("OnCommitModelUpdate",)]
    send("DeleteExercise", **COURSE, exercisePath="/tp1")
    run_worker()
    assert take_events() == [("OnExerciseCompletedUpdate", "/tp1", "False"), ("OnCommitModelUpdate",)]

    deleted = send("DeleteGitRepo", **BOB, repoUrl=git_server.url("bob"))
    run_worker()
    assert Request.objects.get(pk=deleted["request_id"]).state == "done"
    assert not LocalCopy.objects.exists()
    assert send("GetCommitsForRepo", **BOB)["commits"]["value"] == []


def test_a_repository_that_cannot_be_cloned_is_reported_with_its_reason(send, git_server, run_worker):
    accepted = send("RegisterGitRepo", **BOB, repoUrl=git_server.url("nowhere"))
    run_worker()
    event = OutboxEvent.objects.filter(target="local").get()
    assert (event.kind, event.body["reason"]) == ("OnCloneFailed", "not_found")
    assert Request.objects.get(pk=accepted["request_id"]).state == "failed"


def test_the_sweep_finds_the_re_match_and_the_removal_that_the_broker_lost(
    send, work, run_worker, git_server, queued, time_machine
):
    send("RegisterGitRepo", **BOB, repoUrl=git_server.url("bob"))
    run_worker()
    send("RegisterExercise", **COURSE, exercisePath="/tp1", sourceFolderPath="/tp1")
    send("RegisterGitRepo", **{**BOB, "studentId": "eve"}, repoUrl=git_server.url("nowhere"))
    send("DeleteGitRepo", **{**BOB, "studentId": "eve"}, repoUrl=git_server.url("nowhere"))
    queued.clear()
    time_machine.move_to(timezone.now() + timedelta(minutes=1))
    tasks.sweep()
    run_worker()
    assert not Request.objects.filter(state="pending").exists()
