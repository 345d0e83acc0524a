"""Fixtures of the Git module's tests: a Git server, stores, queued tasks, a repository."""

import contextlib

import pytest
from celery import current_app

from gitsync.git import transport
from gitsync.tests import builders
from gitsync.tests.gitserver import serving


@pytest.fixture(scope="session")
def git_server_of_session(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("git")) as server:
        yield server


@pytest.fixture
def git_server(git_server_of_session, settings, tmp_path):
    """The smart-HTTP server, with no repositories yet, allowed in GIT_LOCAL_SERVERS."""
    server = git_server_of_session
    server.root = tmp_path / "repositories"
    server.root.mkdir()
    server.requests.clear()
    server.bytes_sent = server.status_without_suffix = 0
    server.cut_fetch_at, server.corrupts_packs = None, False
    settings.GIT_LOCAL_SERVERS = frozenset({server.host})
    return server


@pytest.fixture(autouse=True)
def stores_in_a_temporary_folder(settings, tmp_path):
    settings.GIT_STORES = tmp_path / "stores"


@pytest.fixture(autouse=True)
def queued(monkeypatch):
    """The tasks that were queued, instead of a broker: (name, *arguments)."""
    tasks = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, args=(), **options: tasks.append((name, *args)), raising=False
    )
    return tasks


@pytest.fixture
def work(git_server):
    """A working copy of the repository `bob`, with two commits that are pushed."""
    work = git_server.create("bob")
    work.commit("first", README_txt="hello\n")
    work.commit("TP1 done", tp1__Main_txt="1\n2\n3\n")
    work.push()
    return work


@pytest.fixture
def registration(git_server):
    """The registration of the repository `bob`, which need not exist on the server."""
    return builders.registration(git_server.url("bob"))


@pytest.fixture
def during_fetch():
    """`with during_fetch(act)`: syncs call `act` after the fetch, before they write rows."""

    @contextlib.contextmanager
    def patched(act):
        fetch = transport.fetch

        def fetch_and_act(*arguments):
            remote = fetch(*arguments)
            act()
            return remote

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(transport, "fetch", fetch_and_act)
            yield

    return patched
