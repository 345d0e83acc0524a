"""What is too much for one event comes in several, or in one with less."""

import json

import pytest

from gitsync.events import announce
from gitsync.models import LocalCopy
from gitsync.queries import commit_lists
from gitsync.tests import people
from gitsync.values import CommitsRequest, CourseIds

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def bob(git_server):
    return people.registration(git_server.url("bob"))


def test_commits_too_large_for_one_event_come_in_several(git_server, bob, monkeypatch):
    monkeypatch.setattr(announce, "EVENT_BYTES", 2_500)
    work = git_server.create("bob")
    shas = [work.commit(f"c{n} " + "x" * 700) for n in range(5)]
    work.push()
    people.look(bob)
    bodies = [event.body for event in people.events()[1:]]
    assert len(bodies) > 1
    assert all(len(json.dumps(body)) <= 2_500 or len(body["commits"]) == 1 for body in bodies)
    assert [commit["commitId"] for body in bodies for commit in body["commits"]] == shas
    lasts = [body["commits"][-1]["commitId"] for body in bodies]
    assert [body["latestCommitBeforeThis"] for body in bodies] == ["", *lasts[:-1]]


def test_a_commit_larger_than_any_event_is_told_with_fewer_files_and_answered_with_all(git_server, bob, monkeypatch):
    monkeypatch.setattr(announce, "MAX_EVENT_BYTES", 2_500)
    monkeypatch.setattr(announce, "EVENT_BYTES", 1_000)
    work = git_server.create("bob")
    work.commit("node_modules", **{f"package{number}_js": "x\n" for number in range(40)})
    last = work.commit("TP1 done", tp1__Main_txt="y\n")
    work.push()
    people.look(bob)
    told = [commit for event in people.events() for commit in event.body.get("commits", [])]
    assert [commit["commitId"] for commit in told][-1] == last
    assert 0 < len(told[0]["modifiedFiles"]) < 40
    assert told[0]["estimatedEffort"] == 40
    assert all(len(json.dumps(event.body)) <= 2_500 for event in people.events())
    assert LocalCopy.objects.get().status == "ok"
    asked = CommitsRequest(CourseIds("ada", "H2027", "StruDon"), "", "bob", "repoPath", "/")
    assert len(commit_lists.commits_for_repo(asked)["commits"]["value"][0]["modifiedFiles"]) == 40
