"""Fixtures of the Git module's tests: a Git server, stores, queued tasks, a repository."""

import contextlib
import json

import pytest

from gitsync.domain import hook_addresses
from gitsync.git import transport
from gitsync.tests import builders, dashboard
from gitsync.tests.forge_hooks import GITHUB
from gitsync.tests.gitserver import serving
from gitsync.tests.sshserver import SSHD, ssh_serving
from gitsync.tests.student_messages import ada, enrolled_in_strudon, mallory, register, send  # noqa: F401 - fixtures
from gitsync.tests.synced_course import COURSE
from gitsync.webhooks import limits, receive
from kernel import task_queue


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
    server.cut_fetch_at, server.corrupts_packs, server.moved = None, False, {}
    server.accepted = {}
    server.speaks_old_protocol, server.speaks_dumb_protocol = set(), set()
    settings.GIT_LOCAL_SERVERS = frozenset({server.host})
    return server


@pytest.fixture(scope="session")
def ssh_server_of_session(tmp_path_factory):
    if not SSHD:
        pytest.skip("sshd is missing: apt-get install openssh-server")
    with ssh_serving(tmp_path_factory.mktemp("ssh")) as server:
        yield server


@pytest.fixture
def ssh_server(ssh_server_of_session, settings, tmp_path):
    """A real sshd, with no repositories yet, allowed in GIT_LOCAL_SERVERS."""
    server = ssh_server_of_session
    root = tmp_path / "ssh-repositories"
    root.mkdir()
    server.serve(root)
    server.allow(server.key)
    settings.GIT_LOCAL_SERVERS = frozenset({f"127.0.0.1:{server.port}"})
    return server


@pytest.fixture(autouse=True)
def stores_in_a_temporary_folder(settings, tmp_path):
    settings.GIT_STORES = tmp_path / "stores"


@pytest.fixture(autouse=True)
def queued(monkeypatch):
    """The tasks that were queued, instead of a broker: (name, *arguments)."""
    tasks = []
    monkeypatch.setattr(
        task_queue.app(), "send_task", lambda name, args=(), **options: tasks.append((name, *args)), raising=False
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


@pytest.fixture(autouse=True)
def _fresh_limits():
    limits.reset()
    receive.expected_syncs.clear()


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
def hook(db, api):
    """`hook(body, headers)` posts a hook to `/_git_hook`, or to `address`."""

    def post(body=GITHUB, headers=None, address="/_git_hook", content_type="application/json", **more):
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return api.post(address, data, content_type=content_type, headers=headers or {}, **more)

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
