"""Commands on exercises and registrations: upserts, moves, replacements and deletions."""

import uuid

import pytest

from gitsync.domain import registrations
from gitsync.git import store
from gitsync.models import (
    Commit,
    Completion,
    ExpectedRepository,
    FileChange,
    LocalCopy,
    Match,
    OutboxEvent,
    Registration,
    Repository,
    Request,
    WatchedExercise,
)
from gitsync.syncing.store_removal import remove_stores
from gitsync.tests.synced_course import COURSE, URL, commit, register, watch
from kernel.errors import Malformed

pytestmark = pytest.mark.django_db
OTHER = "https://github.com/test/other"


def exercise(**values) -> tuple[str, ...]:
    row = WatchedExercise.objects.get(**values)
    return row.group_id, row.repo_path, row.source_folder_path, row.completion_keywords


def event_kinds() -> list[str]:
    return list(OutboxEvent.objects.order_by("pk").values_list("kind", flat=True))


# --- exercises --------------------------------------------------------------------------------------------------------
def test_an_exercise_registered_again_gets_the_new_values():
    watch("/tp1", keywords="TP 1")
    watch("/tp1", folder="/autre", keywords="TP 01")
    assert exercise() == ("", "/", "/autre", "TP 01")


def test_each_group_has_its_own_row():
    watch("/tp1", group_id="01")
    watch("/tp1", group_id="02")
    watch("/tp1")
    assert WatchedExercise.objects.count() == 3


def test_modify_changes_only_the_given_values():
    watch("/tp1", keywords="TP 1")
    registrations.modify_exercise(COURSE, exercise_path="/tp1", source_folder_path="/new")
    assert exercise() == ("", "/", "/new", "TP 1")


def test_modify_changes_one_group_or_without_a_group_all():
    watch("/tp1", group_id="01")
    watch("/tp1", group_id="02")
    registrations.modify_exercise(COURSE, group_id="01", exercise_path="/tp1", completion_keywords="one")
    assert exercise(group_id="02")[3] == ""
    registrations.modify_exercise(COURSE, exercise_path="/tp1", completion_keywords="all")
    assert exercise(group_id="01")[3] == exercise(group_id="02")[3] == "all"


def test_modify_of_an_unknown_exercise_creates_it():
    registrations.modify_exercise(COURSE, group_id="01", exercise_path="/tp1", completion_keywords="TP 1")
    assert exercise() == ("01", "/", "/", "TP 1")


def test_modify_with_different_old_values_is_done_and_logged(caplog):
    watch("/tp1", keywords="TP 1")
    registrations.modify_exercise(
        COURSE, exercise_path="/tp1", completion_keywords="TP 2", old=("/", "/elsewhere", "TP 1")
    )
    assert exercise()[3] == "TP 2"
    assert "old values" in caplog.text


def test_delete_removes_one_group_or_without_a_group_all():
    for group_id in ("01", "02", ""):
        watch("/tp1", group_id=group_id)
    watch("/tp10")
    registrations.delete_exercise(COURSE, group_id="01", exercise_path="/tp1")
    assert WatchedExercise.objects.count() == 3
    registrations.delete_exercise(COURSE, exercise_path="/tp1")
    assert WatchedExercise.objects.get().exercise_path == "/tp10"
    assert registrations.delete_exercise(COURSE, exercise_path="/tp1").state == "done"


def test_a_changed_exercise_is_pending_until_its_rematch_if_there_are_registrations(
    queued, django_capture_on_commit_callbacks
):
    watch("/tp1")
    assert Request.objects.get().state == "done"
    owner = register()
    with django_capture_on_commit_callbacks(execute=True):
        watch("/tp1", keywords="TP 1")
    assert ("gitsync.tasks.rematch_course", owner.course_id) in queued
    pending = Request.objects.latest("pk")
    assert (pending.kind, pending.state) == ("RegisterExercise", "pending")
    watch("/tp1", keywords="TP 1")
    assert Request.objects.latest("pk") == pending, "an identical message while one is pending gets the same request"


def test_an_expected_repository_is_kept_once_and_sends_no_event():
    for _ in range(2):
        registrations.expect_repository(COURSE, repo_path="/tps/depotgit")
    assert ExpectedRepository.objects.get().repo_path == "/tps/depotgit"
    assert event_kinds() == []


# --- repositories -----------------------------------------------------------------------------------------------------
def test_a_new_repository_is_queued_and_its_message_is_pending(queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        owner = register()
    assert queued == [("gitsync.tasks.sync_address", owner.repository_id)]
    request = Request.objects.get()
    assert (request.kind, request.state, request.repository) == ("RegisterGitRepo", "pending", owner.repository)
    assert event_kinds() == []


def test_the_same_registration_again_changes_nothing():
    first = register()
    commit(first)
    Request.objects.update(state="done", pending_key=None)
    again = registrations.register_repository(COURSE, group_id="01", student_id="1234500", repo_url=URL)
    assert Registration.objects.get() == first
    assert (again.state, first.registered_again) == ("done", False)


def test_another_spelling_of_the_url_is_the_same_repository():
    first = register()
    register(repo_url="https://GitHub.com/Test/test")
    assert Registration.objects.get().pk == first.pk
    assert Registration.objects.get().repo_url == "https://GitHub.com/Test/test"


def test_another_group_moves_it_and_matches_again():
    watch("/tp1", group_id="01", keywords="TP 1")
    owner = register()
    commit(owner, "TP 1", ["tp1/a"])
    OutboxEvent.objects.all().delete()
    register(group_id="02")
    assert Registration.objects.get().group_id == "02"
    assert event_kinds() == ["OnExerciseCompletedUpdate", "OnCommitModelUpdate"]
    assert OutboxEvent.objects.first().body["groupId"] == "02"


def test_another_url_replaces_the_repository_and_marks_it():
    old = register()
    commit(old, "TP 1", ["a"])
    new = register(repo_url=OTHER)
    assert Registration.objects.get() == new
    assert (new.registered_again, new.announced) == (True, "nothing")
    assert not Repository.objects.filter(pk=old.repository_id).exists()
    assert not Commit.objects.exists()


def test_the_same_url_serves_several_students_and_courses():
    watch("/tp1", keywords="TP 1")
    commit(register(), "TP 1", ["tp1/a"])
    OutboxEvent.objects.all().delete()
    second = register("7654321")
    assert second.repository == Registration.objects.first().repository
    assert event_kinds() == ["OnClone", "OnNewCommits", "OnExerciseCompleted"]
    assert Match.objects.filter(registration=second, exercise_path="/tp1").count() == 1
    assert OutboxEvent.objects.first().body["studentId"] == "7654321"


def test_a_new_registration_of_a_failing_repository_gets_the_event_at_once():
    register()
    LocalCopy.objects.update(status=LocalCopy.Status.FAILING, reason="not_found")
    register("7654321")
    assert event_kinds() == ["OnCloneFailed"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1/a/b", "--upload-pack=x", "", "ext::sh -c id"])
def test_a_url_that_may_not_be_contacted_is_refused_and_nothing_is_kept(url):
    with pytest.raises(Malformed):
        register(repo_url=url)
    assert not Registration.objects.exists()
    assert not Request.objects.exists()


def test_deleting_removes_rows_events_commits_and_store(tmp_path, queued, django_capture_on_commit_callbacks, settings):
    settings.GIT_STORES = tmp_path
    watch("/tp1", keywords="TP 1")
    owner = register()
    commit(owner, "TP 1", ["tp1/a"])
    register("7654321")
    folder = LocalCopy.objects.get().folder
    store.path_of(folder).mkdir()
    foreign = uuid.uuid4().hex + "x"
    (tmp_path / foreign).mkdir()
    registrations.delete_repository(COURSE, student_id="1234500", repo_url=URL)
    assert Commit.objects.exists(), "another registration needs them"
    assert not Match.objects.filter(registration=owner).exists()
    with django_capture_on_commit_callbacks(execute=True):
        request = registrations.delete_repository(COURSE, student_id="7654321", repo_url=URL)
    for model in (Registration, Repository, LocalCopy, Commit, FileChange, Match, Completion, OutboxEvent):
        assert not model.objects.exists(), model
    assert ("gitsync.tasks.remove_stores",) in queued
    assert request.state == "pending"
    remove_stores()
    request.refresh_from_db()
    assert request.state == "done"
    assert [path.name for path in tmp_path.iterdir()] == [foreign]


def test_a_store_with_a_local_copy_is_not_removed(tmp_path, settings):
    settings.GIT_STORES = tmp_path
    register()
    store.path_of(LocalCopy.objects.get().folder).mkdir()
    remove_stores()
    assert store.exists(LocalCopy.objects.get().folder)


def test_deleting_with_another_url_deletes_nothing_and_is_logged(caplog):
    register()
    assert registrations.delete_repository(COURSE, student_id="1234500", repo_url=OTHER).state == "done"
    assert Registration.objects.exists()
    assert "another URL" in caplog.text


def test_deleting_an_unknown_registration_is_accepted():
    assert registrations.delete_repository(COURSE, student_id="1234500", repo_url=URL).state == "done"


def test_deleting_works_for_a_url_that_is_no_longer_allowed(settings):
    settings.GIT_LOCAL_SERVERS = frozenset({"127.0.0.1:4000"})
    register(repo_url="http://127.0.0.1:4000/a")
    settings.GIT_LOCAL_SERVERS = frozenset()
    registrations.delete_repository(COURSE, student_id="1234500", repo_url="http://127.0.0.1:4000/a")
    assert not Registration.objects.exists()


def test_a_repository_registered_again_after_a_deletion_is_marked():
    register()
    registrations.delete_repository(COURSE, student_id="1234500", repo_url=URL)
    assert register().registered_again is True
    assert register("7654321").registered_again is False
