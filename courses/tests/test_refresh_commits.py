"""A refresh of a student's commits loses nothing that happens while the list is read."""

import pytest
import time_machine

from courses.domain import student_repositories
from courses.git import git_module, refresh
from courses.models import Activity, Enrolment, StudentRepository
from courses.tests.conftest import commit
from courses.tests.received_events import BEFORE, NOW, URL, push
from kernel.database.text_hash import text_hash


@pytest.fixture(autouse=True)
def frozen_clock():
    with time_machine.travel(NOW, tick=False):
        yield


def test_commits_that_arrive_while_the_list_is_read_are_not_lost(school, send_event, monkeypatch):
    push(send_event, "c1")
    send_event("OnCommitModelUpdate", repoUrl=URL, repoPath="/depot")
    StudentRepository.objects.get_or_create(
        enrolment=school.alice,
        repo_path="/depot",
        repo_path_hash=text_hash("/depot"),
        defaults={"url": URL, "since": NOW},
    )
    listed = {"commits": [commit("c1", BEFORE, ("/tp1/exercice1", 10))]}

    def list_commits(_repository):
        push(send_event, "c2")
        return listed

    monkeypatch.setattr(git_module, "commits", list_commits)
    assert not refresh.refresh_commits(school.alice.pk)
    assert set(Activity.objects.values_list("commit_id", flat=True)) == {"c1", "c2"}
    assert Enrolment.objects.get(pk=school.alice.pk).commits_stale  # the sweep starts the refresh again


def test_a_list_that_was_read_before_its_repository_was_removed_is_dropped(school, send_event, monkeypatch):
    push(send_event, "c1")
    send_event("OnClone", repoUrl=URL, repoPath="/depot")
    send_event("OnCommitModelUpdate")

    def list_commits(repository):
        student_repositories.remove_repository(school.alice.person, repository)
        return {"commits": [commit("c1", BEFORE, ("/tp1/exercice1", 10))]}

    monkeypatch.setattr(git_module, "commits", list_commits)
    assert not refresh.refresh_commits(school.alice.pk)
    assert not Activity.objects.exists()
