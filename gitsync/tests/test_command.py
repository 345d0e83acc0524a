"""`manage.py gitsync`: status, sync, verify, rematch and confirm."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent
from gitsync.git import store
from gitsync.models import Commit, Completion, LocalCopy, Match, Registration, Repository
from gitsync.syncing import verify
from gitsync.tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(git_server):
    work = git_server.create("bob")
    work.commit("first", a="1\n")
    work.push()
    return builders.registration(git_server.url("bob"))


@pytest.fixture(autouse=True)
def _receiver(settings):
    settings.GITSYNC_RECEIVER = "gitsync.tests.dashboard.receive"


def run(*arguments):
    out = StringIO()
    call_command("gitsync", *arguments, stdout=out)
    return out.getvalue()


def test_sync_reads_a_repository_now_and_sends_its_events(bob):
    output = run("sync", bob.repo_url)
    assert "ok" in output
    assert "events sent to local: 2" in output
    assert Commit.objects.count() == 1


def test_sync_of_an_unknown_url_is_refused(bob):
    with pytest.raises(CommandError, match="Nobody registered"):
        run("sync", "https://github.com/no/body")


def test_status_lists_failures_and_waiting_events(bob, git_server):
    builders.sync_now(builders.registration(git_server.url("gone"), "carol"))
    output = run("status")
    assert "not_found" in output
    assert "events to local: 1 waiting, 0 set aside" in output


def test_verify_finds_nothing_after_a_sync(bob):
    builders.sync_now(bob)
    assert verify.find_faults() == []
    assert "1 repositories, 1 stores" in run("verify")


def test_a_store_without_a_repository_is_found_and_removed(bob, settings):
    builders.sync_now(bob)
    (settings.GIT_STORES / "not-ours").mkdir()
    with pytest.raises(CommandError, match="1 faults"):
        run("verify")
    run("verify", "--mend")
    assert list(store.folders()) == [str(LocalCopy.objects.get().folder)]


def test_a_missing_row_is_found_and_repaired(bob):
    builders.sync_now(bob)
    before = builders.stored_rows(bob)
    Commit.objects.all().delete()
    assert "0 commits here, 1 in the store" in verify.find_faults()[0].description
    run("verify", "--mend")
    assert verify.find_faults() == []  # nothing to compare until the next sync
    builders.sync_now(bob)
    assert verify.find_faults() == []
    assert builders.stored_rows(bob) == before


def test_a_damaged_store_is_found_and_built_again(bob):
    local_copy = builders.sync_now(bob)
    for file in store.path_of(local_copy.folder).rglob("*.pack"):
        file.write_bytes(b"")
    assert verify.find_faults()[0].repository_id == bob.repository_id
    run("verify", "--mend")
    builders.sync_now(bob)
    assert verify.find_faults() == []
    assert "OnPullFailed" not in builders.event_kinds()


def test_rematch_restores_derived_rows_and_sends_events_about_changes(bob):
    builders.exercise("/a", keywords="first")
    builders.sync_now(bob)
    before = builders.stored_rows(bob)
    assert before["completions"]
    assert "0 events" in run("rematch")

    Match.objects.all().delete()
    Completion.objects.all().delete()
    assert "events sent to local: 2" in run("rematch", "ada/H2027/StruDon")
    assert builders.stored_rows(bob) == before


def test_rematch_of_an_unknown_course_is_refused(bob):
    with pytest.raises(CommandError, match="no course ada/H2027/Other"):
        run("rematch", "ada/H2027/Other")


def test_confirm_shows_the_hidden_repositories_and_confirms_those_that_are_named(bob):
    Registration.objects.update(confirmed=False)
    Repository.objects.update(public=False)
    assert run("confirm", "ada/H2027/StruDon") == f"waits      bob  /  {bob.repo_url}\n"
    assert "waits" in run("confirm", "ada/H2027/StruDon", "nobody")
    assert run("confirm", "ada/H2027/StruDon", "bob").startswith("confirmed  bob")
    assert run("confirm", "ada/H2027/StruDon", "--all") == ""
    assert AuditEvent.objects.get().actor_name == "atelier"
