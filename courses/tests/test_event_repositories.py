"""Events about a repository set the state of the student's repository."""

import pytest
import time_machine

from courses.models import Activity, Progress, ReceivedEvent, StudentRepository
from courses.tests.conftest import commit
from courses.tests.received_events import AFTER, BEFORE, NOW, URL, push


@pytest.fixture(autouse=True)
def frozen_clock():
    with time_machine.travel(NOW, tick=False):
        yield


def test_a_clone_makes_the_repository_up_to_date(school, send_event):
    send_event("OnClone", repoUrl=URL, repoPath="/depot")

    repository = StudentRepository.objects.get()
    assert (
        repository.enrolment,
        repository.url,
        repository.state,
        repository.seen_at,
    ) == (school.alice, URL, "cloned", NOW)


def test_a_failure_keeps_its_reason_and_the_time_of_the_first_failure(school, send_event):
    send_event("OnCloneFailed", repoUrl=URL, repoPath="/depot", reason="not_found")
    with time_machine.travel(AFTER.replace(day=4), tick=False):
        send_event("OnPullFailed", repoUrl=URL, repoPath="/depot", reason="unreachable")

    repository = StudentRepository.objects.get()
    assert (repository.state, repository.reason, repository.since) == (
        "failing",
        "unreachable",
        NOW,
    )


def test_an_event_about_a_replaced_repository_changes_nothing(school, send_event):
    send_event("OnClone", repoUrl=URL, repoPath="/depot")
    send_event("OnPullFailed", repoUrl="https://git.example/old.git", repoPath="/depot")

    assert StudentRepository.objects.get().state == "cloned"
    assert ReceivedEvent.objects.last().problem == "other_url"


def test_commits_of_a_replaced_repository_do_not_count(school, send_event):
    send_event("OnClone", repoUrl=URL, repoPath="/depot")
    send_event(
        "OnNewCommits",
        repoUrl="https://git.example/old.git",
        repoPath="/depot",
        commits=[commit("c1", BEFORE, ("/tp1/exercice1", 10))],
    )

    assert not Activity.objects.exists()
    assert not Progress.objects.exists()
    assert ReceivedEvent.objects.last().problem == "other_url"


@pytest.mark.parametrize("spelling", [URL.removesuffix(".git"), URL.removesuffix(".git") + "/"])
def test_another_spelling_of_the_url_names_the_same_repository(school, send_event, spelling):
    send_event("OnCloneFailed", repoUrl=URL, repoPath="/depot", reason="timeout")
    send_event("OnClone", repoUrl=spelling, repoPath="/depot")
    send_event(
        "OnNewCommits",
        repoUrl=spelling,
        repoPath="/depot",
        commits=[commit("c1", BEFORE, ("/tp1/exercice1", 10))],
    )

    repository = StudentRepository.objects.get()
    assert (repository.state, repository.url) == ("cloned", URL)
    assert Progress.objects.get().effort == 10


def test_an_event_without_a_url_is_about_the_repository_at_its_path(school, send_event):
    send_event("OnPull", repoPath="/depot")
    send_event("OnPull", repoUrl=URL, repoPath="/depot")
    assert StudentRepository.objects.get().url == URL


def test_another_repository_at_the_same_path_starts_anew(school, send_event):
    send_event("OnClone", repoUrl=URL, repoPath="/depot")
    push(send_event, completes="/tp1/exercice1")
    send_event("OnExerciseCompleted", exercisePath="/tp1/exercice1")
    StudentRepository.objects.update(url="https://git.example/alice/other.git")

    send_event("OnClone", repoUrl="https://git.example/alice/other.git", repoPath="/depot")

    assert not Activity.objects.exists()
    assert not Progress.objects.exists()
