"""Starter repositories: commits that come from one complete nothing and have no effort. Real Git over HTTP."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gitsync import tasks
from gitsync.domain import registrations, starters
from gitsync.git import store
from gitsync.models import (
    Commit,
    Completion,
    LocalCopy,
    Match,
    OutboxEvent,
    Registration,
    Repository,
    StarterRepository,
)
from gitsync.queries.starter_states import starter_states
from gitsync.syncing import rematch, slots, sync, sync_queue
from gitsync.tests import builders
from gitsync.values import CourseIds
from kernel.errors import Malformed

pytestmark = [pytest.mark.django_db, pytest.mark.database]
COURSE = CourseIds("ada", "H2027", "StruDon")


@pytest.fixture
def handed_out(git_server):
    """The repository `starter` of the teacher, whose second commit has the keyword in its message."""
    builders.exercise("/tp1", keywords="TP1")
    work = git_server.create("starter")
    work.commit("skeleton", README_txt="hello\n")
    work.commit("TP1 starter", tp1__Main_txt="1\n2\n3\n")
    work.push()
    return work


@pytest.fixture
def copied(git_server, handed_out):
    """Bob's repository begins with the teacher's commits."""
    work = git_server.create("bob")
    work.git("fetch", "-q", str(handed_out.folder), "main")
    work.git("reset", "-q", "--hard", "FETCH_HEAD")
    work.push()
    return work


def name(git_server, path="", repository="starter"):
    url = git_server.url(repository) if repository else ""
    starters.name_starter_repository(COURSE, exercise_path=path, repo_url=url)


def read(repository="starter"):
    """Run the queued synchronization of a starter repository, and then the re-match that it asked for."""
    row = Repository.objects.get(path__contains=repository)
    LocalCopy.objects.update(next_attempt_at=None)
    assert sync.sync_repository(row.pk)
    rematch_now()


def rematch_now():
    for course_id in set(rematch.pending_requests().values_list("course_id", flat=True)):
        tasks.rematch_course(course_id)


def completed():
    return sorted({message.strip() for message in Completion.objects.values_list("commit__message", flat=True)})


def test_commits_that_come_from_the_starter_repository_complete_nothing(handed_out, copied, registration, git_server):
    name(git_server)
    read()
    builders.sync_now(registration)
    assert completed() == []
    assert set(Match.objects.values_list("exercise_path", "reason")) == {("/", "starter")}

    copied.commit("TP1 done", tp1__Main_txt="1\n2\n3\n4\n")
    copied.push()
    builders.sync_now(registration)
    assert completed() == ["TP1 done"]


def test_a_starter_that_is_named_later_takes_completions_back_and_its_end_gives_them_again(
    handed_out, copied, registration, git_server
):
    builders.sync_now(registration)
    assert completed() == ["TP1 starter"]
    before = builders.stored_rows(registration)
    builders.clear_events()
    name(git_server)
    read()
    assert completed() == []
    assert builders.event_kinds() == ["OnExerciseCompletedUpdate", "OnCommitModelUpdate"]
    name(git_server, repository="")
    rematch_now()
    assert builders.stored_rows(registration) == before
    assert not StarterRepository.objects.exists()


def test_what_is_handed_out_later_does_not_count_either(handed_out, copied, registration, git_server):
    name(git_server)
    read()
    handed_out.commit("TP1 corrected", tp1__Main_txt="1\n2\n")
    handed_out.git("push", "-q", "origin", "HEAD:refs/heads/second")  # each branch is handed out
    copied.git("pull", "-q", str(handed_out.folder), "main")
    copied.push()
    builders.sync_now(registration)
    assert completed() == ["TP1 corrected"], "until the starter repository is read"
    sync_queue.request_sync(StarterRepository.objects.get().repository_id)
    read()
    assert completed() == []


def test_a_starter_repository_of_one_exercise_leaves_the_others(handed_out, copied, registration, git_server):
    builders.exercise("/tp2", keywords="skeleton")
    name(git_server, "/tp1")
    read()
    builders.sync_now(registration)
    assert completed() == ["skeleton"]


def test_nobody_is_told_of_its_commits(handed_out, git_server):
    name(git_server)
    read()
    assert Commit.objects.count() == 2
    assert not OutboxEvent.objects.exists()
    assert not Registration.objects.exists()


def test_its_end_removes_it_with_its_store_unless_a_student_has_it(handed_out, git_server):
    name(git_server)
    read()
    folder = LocalCopy.objects.get().folder
    name(git_server, "/tp1")
    name(git_server, repository="")
    assert Repository.objects.count() == 1, "the exercise still has it"
    name(git_server, "/tp1", repository="")
    assert not Repository.objects.exists()
    tasks.remove_stores()
    assert not store.exists(folder)

    owner = builders.registration(git_server.url("starter"), "bob")
    name(git_server)
    name(git_server, repository="")
    assert Repository.objects.get() == owner.repository


def test_a_student_who_gives_the_starter_repository_itself_and_takes_it_back(handed_out, git_server):
    name(git_server)
    read()
    arguments = {"student_id": "bob", "repo_path": "/", "repo_url": git_server.url("starter")}
    registrations.register_repository(COURSE, **arguments)
    assert completed() == []
    registrations.delete_repository(COURSE, **arguments)
    assert Commit.objects.count() == 2, "the starter repository stays"
    sync_queue.request_sync(StarterRepository.objects.get().repository_id, force=True)
    read()
    assert LocalCopy.objects.get().status == "ok"


def test_another_address_replaces_it(handed_out, copied, registration, git_server):
    other = git_server.create("another")
    other.commit("nothing", x="1")
    other.push()
    name(git_server)
    read()
    name(git_server, repository="another")
    read("another")
    builders.sync_now(registration)
    assert completed() == ["TP1 starter"]
    assert not Repository.objects.filter(path__contains="starter").exists()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/a", "http://10.0.0.1/a", "file:///etc", "https://a@b@c/", "x"])
def test_an_address_that_may_not_be_contacted_is_refused(url, db):
    with pytest.raises(Malformed):
        starters.name_starter_repository(COURSE, repo_url=url)
    assert not StarterRepository.objects.exists()
    assert not Repository.objects.exists()


def test_one_that_cannot_be_read_says_why_and_is_tried_again(handed_out, git_server):
    name(git_server, repository="absent")
    assert starter_states(COURSE)[""].failure == ""
    read("absent")
    state = starter_states(COURSE)[""]
    assert (state.repo_url, state.reason, state.read_at) == (git_server.url("absent"), "not_found", None)
    assert state.failure
    local_copy = LocalCopy.objects.get()
    assert (local_copy.status, local_copy.dirty) == ("failing", True)


def test_it_is_polled_like_the_repository_of_a_student(handed_out, git_server, time_machine):
    name(git_server)
    read()
    time_machine.move_to(timezone.now() + timedelta(minutes=16), tick=False)
    tasks.poll()
    assert LocalCopy.objects.get().dirty


def test_one_teacher_s_starter_repositories_do_not_hold_all_fetches(handed_out, git_server, monkeypatch):
    monkeypatch.setattr(slots, "PER_OTHER_HOST", 9)
    monkeypatch.setattr(slots, "OTHER_HOSTS", 9)
    monkeypatch.setattr(slots, "SLOW_PER_STUDENT", 9)  # the server is new, so it counts as a slow one
    for number in range(3):
        starters.name_starter_repository(COURSE, exercise_path=f"/e{number}", repo_url=git_server.url(f"r{number}"))
    claimed = [sync.lease.claim(pk) for pk in Repository.objects.order_by("pk").values_list("pk", flat=True)]
    assert [claim is not None for claim in claimed] == [True, True, False]


def test_a_starter_that_changes_while_the_course_is_matched_is_matched_again(registration):
    """The re-match that runs may have passed repositories before the change."""
    starters.name_starter(COURSE, sha="a" * 40)
    first = set(rematch.pending_requests().values_list("pk", flat=True))
    starters.name_starter(COURSE, sha="b" * 40)
    assert set(rematch.pending_requests().values_list("pk", flat=True)) > first
