"""A repository that has moved: where to, and the command that accepts the address. Real redirects of a Git server."""

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from gitsync.domain import moves
from gitsync.git import transport
from gitsync.models import Commit, LocalCopy, Registration, Repository
from gitsync.queries.remote_changes import remote_changes
from gitsync.rules.repository_url import redirect_target
from gitsync.tests import builders
from gitsync.values import CourseIds
from kernel.errors import Conflict

pytestmark = pytest.mark.django_db
COURSE = CourseIds("ada", "H2027", "StruDon")


@pytest.fixture
def moved(work, registration, git_server, settings):
    """Bob's repository was read, and then its server moved it to `robert`. Returns the new address."""
    settings.DEMO_GIT_SERVER = git_server.host
    builders.sync_now(registration)
    work.bare.rename(work.bare.with_name("robert.git"))
    git_server.moved = {"bob": "robert"}
    builders.sync_now(registration)
    builders.clear_events()
    return git_server.url("robert")


def accept(url, **values):
    arguments = {"student_id": "bob", "repo_path": "/", "new_url": url, "confirmed": False, **values}
    return moves.accept_move(COURSE, None, **arguments)


def new_address():
    return {path: change.moved_to for (_course, path), change in remote_changes("bob").items() if change.moved_to}


def test_the_new_address_is_known(moved):
    assert LocalCopy.objects.get().reason == "redirected"
    assert new_address() == {"/": moved}


def test_the_history_and_its_times_go_with_the_address(moved, registration, work):
    before = list(Commit.objects.order_by("pk").values())
    folder = LocalCopy.objects.get().folder
    assert accept(moved) == moved
    work.git("remote", "set-url", "origin", str(work.bare.with_name("robert.git")))
    new = work.commit("after the move", more_txt="x\n")
    work.push()

    local_copy = builders.sync_now(registration)

    assert (local_copy.status, local_copy.folder, new_address()) == ("ok", folder, {})
    assert list(Commit.objects.order_by("pk").values())[: len(before)] == before
    assert builders.event_kinds() == ["OnPull", "OnNewCommits"]
    assert [commit["commitId"] for commit in builders.events()[1].body["commits"]] == [new]
    assert builders.events()[1].body["repoUrl"] == moved
    assert AuditEvent.objects.get(verb="gitsync.accept_move").after == {"url": moved}


def test_a_sync_of_the_old_address_that_ends_after_the_move_says_nothing_about_the_new_one(
    moved, registration, git_server, monkeypatch
):
    fetch = transport.fetch

    def redirected(*arguments):
        monkeypatch.setattr(transport, "fetch", fetch)
        try:
            return fetch(*arguments)
        finally:
            accept(moved)

    monkeypatch.setattr(transport, "fetch", redirected)
    local_copy = builders.sync_now(registration)
    assert local_copy.dirty and local_copy.next_attempt_at <= timezone.now()
    local_copy = builders.sync_now(registration)
    assert (local_copy.status, str(Repository.objects.get())) == ("ok", moved.removesuffix(".git"))


def test_a_sync_that_reads_the_old_address_after_the_move_writes_nothing(moved, registration, git_server, during_fetch):
    """The old address answers again: what it says is not about the new one."""
    before = LocalCopy.objects.get().head
    git_server.moved = {}
    other = git_server.create("other")
    other.commit("somebody else", more_txt="1\n")
    other.push()
    other.bare.rename(other.bare.with_name("bob.git"))
    with during_fetch(lambda: accept(moved)):
        assert builders.sync_now(registration).head == before
    assert Repository.objects.get().fetch_path in ("", "/robert", "/robert.git")
    builders.sync_now(registration)
    assert "somebody else" not in "".join(Commit.objects.filter(reachable=True).values_list("message", flat=True))


@pytest.mark.parametrize("url", ["", "https://github.com/a/b"])
def test_only_the_address_that_the_server_names_is_accepted(moved, url):
    with pytest.raises(Conflict):
        accept(url)
    with pytest.raises(Conflict):
        accept(moved, student_id="alice")
    assert Registration.objects.get().repo_url != url


def test_a_repository_that_has_not_moved_has_no_new_address(work, registration, git_server):
    builders.sync_now(registration)
    assert new_address() == {}
    with pytest.raises(Conflict):
        accept(git_server.url("robert"))


def test_a_new_address_that_somebody_registered_already_is_shared(moved, registration, work):
    other = builders.registration(moved, "alice")
    builders.sync_now(other)
    accept(moved)
    assert Repository.objects.get() == other.repository
    assert {row.repo_url for row in Registration.objects.all()} == {moved}


def test_a_student_who_accepts_a_private_address_waits_for_the_teacher(moved, settings):
    """Else a server of their own could redirect to the repository of somebody else."""
    settings.DEMO_GIT_SERVER = ""
    accept(moved)
    assert Registration.objects.get().hidden
    assert new_address() == {}


def test_a_private_address_that_a_teacher_accepts_is_confirmed(moved, registration, settings):
    settings.DEMO_GIT_SERVER = ""
    accept(moved, confirmed=True)
    assert not Registration.objects.get().hidden
    builders.sync_now(registration)
    assert builders.event_kinds() == ["OnPull"]


def test_a_teacher_who_accepts_a_private_address_confirms_what_only_the_student_registered(
    moved, registration, settings
):
    settings.DEMO_GIT_SERVER = ""
    Registration.objects.update(confirmed=False)
    accept(moved, confirmed=True)
    assert not Registration.objects.get().hidden
    builders.sync_now(registration)
    assert builders.event_kinds()[:2] == ["OnClone", "OnNewCommits"]


@pytest.mark.parametrize(
    ("detail", "target"),
    [
        ("to https://github.com/New/Name.git/info/refs", "https://github.com/New/Name.git"),
        ("to /new/name.git/info/refs", "https://git.example/new/name.git"),
        ("to http://127.0.0.1/a.git/info/refs", ""),
        ("to http://169.254.169.254/latest/", ""),
        ("to ", ""),
        ("", ""),
        ("to https://git.example/info/refs", ""),
    ],
)
def test_a_redirect_is_checked_like_any_other_address(detail, target):
    assert redirect_target(detail, "https", "git.example") == target
