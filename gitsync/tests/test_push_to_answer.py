"""By HTTP alone: messages in, a real push over smart HTTP, a hook, and the answers beside what git itself says."""

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
def say(program, api_of):
    def post(name, **values):
        answer = api_of(program).post("/_git_api", {"_C": name, **values})
        assert answer.status_code == 200, answer.content
        return answer.json()

    return post


@pytest.fixture
def work_off(queued):
    """Do what a worker would, until nothing is queued."""

    def run():
        current_app.loader.import_default_modules()
        while queued:
            name, *arguments = queued.pop(0)
            if name != "gitsync.tasks.deliver":
                current_app.tasks[name].run(*arguments)

    return run


def told() -> list[tuple[str, ...]]:
    rows = OutboxEvent.objects.filter(target="local").order_by("pk")
    told = [
        (row.kind, *(row.body[key] for key in ("exercisePath", "exerciseCompleted") if key in row.body)) for row in rows
    ]
    OutboxEvent.objects.all().delete()
    return told


def numstat(work) -> dict[str, dict[str, int]]:
    """sha -> path -> lines added and removed, as git counts them."""
    out = work.git("log", "--numstat", "--no-renames", "--format=commit %H").decode()
    commits: dict[str, dict[str, int]] = {}
    for line in filter(None, out.splitlines()):
        if line.startswith("commit "):
            files = commits[line.removeprefix("commit ")] = {}
        else:
            added, removed, path = line.split("\t")
            files["/" + path] = int(added) + int(removed)
    return commits


def listed(model) -> dict[str, dict[str, int]]:
    return {
        one["commitId"]: {file["path"]: file["estimatedEffort"] for file in one["modifiedFiles"]}
        for one in model["commits"]["value"]
    }


def test_from_the_first_message_to_the_last_answer(say, work, work_off, git_server, api):
    say("RegisterExercise", **COURSE, exercisePath="/tp1", sourceFolderPath="/tp1", completionKeywords="Exercice 1")
    accepted = say("RegisterGitRepo", **BOB, repoUrl=git_server.url("bob"))
    assert Request.objects.get(pk=accepted["request_id"]).state == "pending"
    work_off()
    assert Request.objects.get(pk=accepted["request_id"]).state == "done"
    assert not OutboxEvent.objects.filter(target="local", delivered_at=None).exists(), "the sync has told them itself"
    assert told() == [("OnClone",), ("OnNewCommits",), ("OnExerciseCompleted", "/tp1")]

    work.commit("encore", tp1__Main_txt="1\n2\n3\n4\n", tp2__Other_txt="a\n")
    work.push()
    LocalCopy.objects.update(started_at=None)  # two seconds go by
    hook = api.post(
        "/_git_hook",
        {"after": work.head(), "repository": {"clone_url": git_server.url("bob")}},
        headers={"X-GitHub-Event": "push", "X-GitHub-Delivery": "1"},
    )
    work_off()
    assert Request.objects.get(pk=hook.json()["request_id"]).state == "done"
    assert told() == [("OnPull",), ("OnNewCommits",)]

    assert listed(say("GetCommitsForRepo", **BOB)) == numstat(work)
    of_exercise = say("GetCommitsForExercise", **BOB, exercisePath="/tp1")
    assert [one["commitMessageFirstLine"] for one in of_exercise["commits"]["value"]] == ["Exercice 1: fini", "encore"]
    assert say("GetLateStudents", **COURSE, exercisePath="/tp1", deadline=1)["studentIds"] == ["bob"]
    (summary,) = say("GetStudentSummaries", **COURSE, exercisePath="/tp1", deadline=1)["summaries"]
    assert (summary["exerciseCompleted"], summary["exerciseCompletedBeforeDeadline"]) == (True, False)

    say("RegisterExercise", **COURSE, exercisePath="/tp2", sourceFolderPath="/tp2", completionKeywords="encore")
    assert pending_requests().count() == 1
    work_off()
    assert not pending_requests().exists()
    assert told() == [("OnExerciseCompletedUpdate", "/tp2", "True"), ("OnCommitModelUpdate",)]
    say("DeleteExercise", **COURSE, exercisePath="/tp1")
    work_off()
    assert told() == [("OnExerciseCompletedUpdate", "/tp1", "False"), ("OnCommitModelUpdate",)]

    deleted = say("DeleteGitRepo", **BOB, repoUrl=git_server.url("bob"))
    work_off()
    assert Request.objects.get(pk=deleted["request_id"]).state == "done"
    assert not LocalCopy.objects.exists()
    assert say("GetCommitsForRepo", **BOB)["commits"]["value"] == []


def test_a_repository_that_cannot_be_cloned_is_told_with_its_reason(say, git_server, work_off):
    accepted = say("RegisterGitRepo", **BOB, repoUrl=git_server.url("nowhere"))
    work_off()
    event = OutboxEvent.objects.filter(target="local").get()
    assert (event.kind, event.body["reason"]) == ("OnCloneFailed", "not_found")
    assert Request.objects.get(pk=accepted["request_id"]).state == "failed"


def test_the_sweep_finds_the_re_match_and_the_removal_that_the_broker_lost(
    say, work, work_off, git_server, queued, time_machine
):
    say("RegisterGitRepo", **BOB, repoUrl=git_server.url("bob"))
    work_off()
    say("RegisterExercise", **COURSE, exercisePath="/tp1", sourceFolderPath="/tp1")
    say("RegisterGitRepo", **{**BOB, "studentId": "eve"}, repoUrl=git_server.url("nowhere"))
    say("DeleteGitRepo", **{**BOB, "studentId": "eve"}, repoUrl=git_server.url("nowhere"))
    queued.clear()
    time_machine.move_to(timezone.now() + timedelta(minutes=1))
    tasks.sweep()
    work_off()
    assert not Request.objects.filter(state="pending").exists()
