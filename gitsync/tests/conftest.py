"""Fixtures of the Git module's tests: a real server, stores in a temporary folder, a broker in memory."""

import pytest
from celery import current_app

from gitsync.tests.gitserver import serving


@pytest.fixture(scope="session")
def _git_server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("git")) as server:
        yield server


@pytest.fixture
def git_server(_git_server, settings, tmp_path):
    """The smart-HTTP server, with a fresh folder of repositories, allowed in GIT_LOCAL_SERVERS."""
    _git_server.root = tmp_path / "repositories"
    _git_server.root.mkdir()
    _git_server.requests.clear()
    _git_server.sent = _git_server.insists = 0
    _git_server.cut, _git_server.forge = None, False
    settings.GIT_LOCAL_SERVERS = frozenset({_git_server.host})
    return _git_server


@pytest.fixture(autouse=True)
def _own_stores(settings, tmp_path):
    settings.GIT_STORES = tmp_path / "stores"


@pytest.fixture(autouse=True)
def queued(monkeypatch):
    """Tasks that were queued, in place of a broker: (name, arguments)."""
    calls = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, args=(), **options: calls.append((name, *args)), raising=False
    )
    return calls
