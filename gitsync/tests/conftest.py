"""Fixtures of the Git module's tests: a real server, stores in a temporary folder, a broker in memory."""

import json

import pytest
from celery import current_app

from gitsync.domain import hook_addresses
from gitsync.tests import dashboard
from gitsync.tests.forge_hooks import GITHUB
from gitsync.tests.gitserver import serving
from gitsync.tests.school import COURSE
from gitsync.webhooks import limits


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


@pytest.fixture(autouse=True)
def _fresh_limits():
    limits.reset()


@pytest.fixture
def post_message(program, api_of):
    """`post_message(body)` posts to the Git wire as a program; bytes and text are sent unchanged."""
    client = api_of(program)

    def post(body, content_type="application/json", address="/_git_api", **headers):
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return client.post(address, data, content_type=content_type, headers=headers)

    return post


@pytest.fixture
def hook_address(db):
    return hook_addresses.hook_address_of(COURSE)


@pytest.fixture
def course_hook(hook_address, api):
    """`course_hook(body, headers)` posts a hook to the course's hook address, or to `address`."""

    def post(body=GITHUB, headers=None, address="", content_type="application/json", **more):
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        url = address or f"/hooks/{hook_address.token}/"
        return api.post(url, data, content_type=content_type, headers=headers or {}, **more)

    return post


@pytest.fixture
def local_dashboard(settings):
    """The events that the dashboard of this installation has received: (id, body)."""
    settings.GITSYNC_RECEIVER = "gitsync.tests.dashboard.receive"
    dashboard.received.clear()
    dashboard.refusals.clear()
    return dashboard.received


@pytest.fixture
def remote_dashboard(settings):
    """A dashboard elsewhere, at DASHBOARD_URL."""
    with dashboard.remote_dashboard() as remote:
        settings.DASHBOARD_URL, settings.DASHBOARD_TOKEN = remote.url, "a-token"
        yield remote
