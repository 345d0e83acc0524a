"""Events for new registrations, and for more commits than fit into one event."""

import json

import pytest

from gitsync.events import announce, messages
from gitsync.models import Commit, LocalCopy
from gitsync.queries import commit_json, commit_lists
from gitsync.syncing.derived_rows import match_commits
from gitsync.tests import builders
from gitsync.values import CommitsRequest, CourseIds

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_new_registration_of_a_known_repository_gets_all_events_at_once(work, registration, git_server):
    builders.exercise("/tp1", keywords="TP1")
    builders.sync_now(registration)
    alice = builders.registration(git_server.url("bob"), "alice")
    match_commits(alice, Commit.objects.order_by("pk"))
    announce.announce_everything(alice)
    assert builders.event_kinds(registration=alice) == ["OnClone", "OnNewCommits", "OnExerciseCompleted"]
    builders.sync_now(registration)
    assert builders.event_kinds(registration=alice) == ["OnClone", "OnNewCommits", "OnExerciseCompleted"]


def test_a_new_registration_of_a_failing_repository_gets_the_failure_at_once(registration, git_server):
    builders.sync_now(registration)
    alice = builders.registration(git_server.url("bob"), "alice")
    announce.announce_everything(alice)
    assert builders.event_kinds(registration=alice) == ["OnCloneFailed"]


def test_a_new_registration_of_a_repository_never_read_gets_no_event(git_server, registration):
    announce.announce_everything(registration)
    assert builders.event_kinds() == []


def test_more_than_500_commits_come_in_several_events(git_server, registration, monkeypatch):
    monkeypatch.setattr(announce, "COMMITS_PER_EVENT", 2)
    work = git_server.create("bob")
    shas = [work.commit(f"c{n}") for n in range(5)]
    work.push()
    builders.sync_now(registration)
    assert builders.event_kinds() == ["OnClone", "OnNewCommits", "OnNewCommits", "OnNewCommits"]
    bodies = [event.body for event in builders.events()[1:]]
    assert [body["latestCommitBeforeThis"] for body in bodies] == ["", shas[1], shas[3]]
    assert [commit["commitId"] for body in bodies for commit in body["commits"]] == shas


def test_commits_too_large_for_one_event_come_in_several(git_server, registration, monkeypatch):
    monkeypatch.setattr(announce, "EVENT_BYTES", 2_500)
    work = git_server.create("bob")
    shas = [work.commit(f"c{n} " + "x" * 700) for n in range(5)]
    work.push()
    builders.sync_now(registration)
    bodies = [event.body for event in builders.events()[1:]]
    assert len(bodies) > 1
    assert all(len(json.dumps(body)) <= 2_500 or len(body["commits"]) == 1 for body in bodies)
    assert [commit["commitId"] for body in bodies for commit in body["commits"]] == shas
    lasts = [body["commits"][-1]["commitId"] for body in bodies]
    assert [body["latestCommitBeforeThis"] for body in bodies] == ["", *lasts[:-1]]


def test_the_json_of_commits_is_made_once_however_often_they_are_split(git_server, registration, monkeypatch):
    monkeypatch.setattr(announce, "EVENT_BYTES", 1)
    made, real = [], commit_json.commits_as_json
    monkeypatch.setattr(messages, "commits_as_json", lambda *values: made.append(len(values[1])) or real(*values))
    work = git_server.create("bob")
    for number in range(5):
        work.commit(f"c{number}")
    work.push()
    builders.sync_now(registration)
    assert (made, len(builders.events()[1:])) == ([5], 5)


def test_an_event_of_exactly_the_largest_size_is_not_split(git_server, registration, monkeypatch):
    work = git_server.create("bob")
    for number in range(2):
        work.commit(f"é{number}", a=f"{number}\n")
    work.push()
    builders.sync_now(registration)
    size = len(json.dumps(builders.events()[1].body))
    for largest, expected in ((size, 1), (size - 1, 2)):
        monkeypatch.setattr(announce, "EVENT_BYTES", largest)
        builders.clear_events()
        announce.announce_everything(registration)
        assert builders.event_kinds() == ["OnClone", *["OnNewCommits"] * expected]


def test_a_commit_too_large_for_any_event_loses_files_there_but_not_in_commit_lists(
    git_server, registration, monkeypatch
):
    monkeypatch.setattr(announce, "MAX_EVENT_BYTES", 2_500)
    monkeypatch.setattr(announce, "EVENT_BYTES", 1_000)
    work = git_server.create("bob")
    work.commit("node_modules", **{f"package{number}_js": "x\n" for number in range(40)})
    last = work.commit("TP1 done", tp1__Main_txt="y\n")
    work.push()
    builders.sync_now(registration)
    commits = [commit for event in builders.events() for commit in event.body.get("commits", [])]
    assert [commit["commitId"] for commit in commits][-1] == last
    assert 0 < len(commits[0]["modifiedFiles"]) < 40
    assert commits[0]["estimatedEffort"] == 40
    assert all(len(json.dumps(event.body)) <= 2_500 for event in builders.events())
    assert LocalCopy.objects.get().status == "ok"
    request = CommitsRequest(CourseIds("ada", "H2027", "StruDon"), "", "bob", "repoPath", "/")
    assert len(commit_lists.commits_for_repo(request)["commits"]["value"][0]["modifiedFiles"]) == 40
