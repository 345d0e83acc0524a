"""`manage.py up` as a process: it answers, restarts what ends, and leaves no process behind in any case."""

import os
import shutil
import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis
from celery import Celery

from config import header_limits
from config.data_folder import broker_socket
from kernel.testing.processes import Instance, parent_pid, wait_until

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A data folder after a first start, so that migrations and static files are needed once for all tests here."""
    first = Instance(tmp_path_factory.mktemp("prepared") / "home")
    try:
        first.wait_ready()
        first.process.send_signal(signal.SIGINT)
        assert first.process.wait(20) == 0
    finally:
        first.end()
    assert first.log_contains("migrations in")
    assert first.log_contains("static files are in place")
    return first.home


@pytest.fixture
def home(prepared, tmp_path):
    return Path(shutil.copytree(prepared, tmp_path / "home"))


@pytest.fixture
def instance(home):
    running = Instance(home).wait_ready()
    yield running
    running.end()


def workers_that_answer(instance):
    """Return the names of the workers that have started. One that is ended earlier may log a traceback of Celery's."""
    with Celery(broker=f"redis+socket://{broker_socket(instance.home)}") as app:
        return {name.partition("@")[0] for answer in app.control.ping(timeout=0.5) for name in answer}


def no_process_left(instance):
    return not instance.processes()


def test_it_answers_and_ends_without_errors_on_sigterm(instance):
    assert instance.answers()
    wait_until(lambda: workers_that_answer(instance) == {"work", "fetch"} and instance.pid_of("schedule"))
    began = time.monotonic()

    instance.process.terminate()
    code = instance.process.wait(20)

    assert code == 0
    assert time.monotonic() - began < 11
    assert no_process_left(instance), instance.processes()
    assert instance.log_contains("atelier  | everything has ended")
    assert "\033[" not in instance.log.read_text(), "no colours outside a terminal"
    assert "Traceback" not in instance.log.read_text()


def test_the_second_start_runs_no_migrations_and_collects_no_files(instance):
    assert not instance.log_contains("migrations in")
    assert not instance.log_contains("static files are in place")


def test_half_sent_headers_are_limited(instance):
    with ExitStack() as connections:

        def connect():
            sender = connections.enter_context(socket.create_connection(("127.0.0.1", instance.port), 10))
            sender.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
            return sender

        senders = [connect() for _ in range(header_limits.PER_CALLER)]
        time.sleep(header_limits.PATIENCE + 0.5)
        connect()
        assert senders[0].recv(4096)[:12] in (b"HTTP/1.1 503", b"")  # closed, to make room for the last one


def test_a_killed_worker_is_restarted_and_its_old_pool_ends(instance):
    worker = wait_until(lambda: instance.pid_of("worker"))
    pool = wait_until(lambda: {pid for pid in instance.processes() if parent_pid(pid) == worker})

    os.kill(worker, signal.SIGKILL)

    wait_until(lambda: instance.log_contains("worker ended by SIGKILL; it is started again in 0.5 s"))
    wait_until(lambda: not pool & set(instance.processes()))
    assert wait_until(lambda: instance.pid_of("worker")) != worker
    assert instance.answers()


def test_a_killed_broker_is_restarted_with_its_queue(instance):
    socket = broker_socket(instance.home)
    client = redis.Redis(unix_socket_path=str(socket))
    assert socket.stat().st_mode & 0o777 == 0o700, "closed to other users of the machine"
    assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    for number in range(100):
        client.rpush("kept", number)
    broker = client.info("server")["process_id"]

    os.kill(broker, signal.SIGKILL)

    wait_until(lambda: instance.log_contains("broker ended by SIGKILL"))
    client = redis.Redis(unix_socket_path=str(socket))
    assert wait_until(lambda: stored_items(client)) == [str(number).encode() for number in range(100)]
    assert instance.answers()


def stored_items(client):
    try:
        return client.lrange("kept", 0, -1)
    except redis.RedisError:
        return []


def test_no_process_is_left_when_the_supervisor_is_killed(instance):
    wait_until(lambda: instance.pid_of("worker") and instance.pid_of("schedule"))
    assert len(instance.processes()) > 6

    instance.process.kill()
    instance.process.wait(5)

    wait_until(lambda: no_process_left(instance), 8)


def test_no_process_is_left_when_supervisor_and_shims_are_killed_together(instance):
    wait_until(lambda: instance.pid_of("worker"))
    # The one that writes the names of the demonstration's people ends by itself.
    wait_until(lambda: len(shims_of(instance)) == 5)
    shims = shims_of(instance)

    instance.process.kill()
    for pid in shims:
        os.kill(pid, signal.SIGKILL)
    instance.process.wait(5)

    wait_until(lambda: no_process_left(instance), 8)


def shims_of(instance):
    return [pid for pid, name in instance.processes().items() if name.startswith("shim-")]


def test_two_instances_run_side_by_side(instance, prepared, tmp_path):
    # The path of the second data folder is too long for a socket, and has a space and an accent.
    folder = tmp_path / ("à côté " * 12).strip()
    other = Instance(Path(shutil.copytree(prepared, folder / "home")))
    try:
        other.wait_ready()
        assert instance.answers()
        assert other.answers()
        assert wait_until(lambda: other.pid_of("worker"))
        assert broker_socket(other.home).parent != other.home
        assert broker_socket(other.home).parent.stat().st_mode & 0o777 == 0o700
        other.process.terminate()
        assert other.process.wait(20) == 0
        assert not broker_socket(other.home).parent.exists()
        assert instance.answers()
    finally:
        other.end()


def test_a_sigterm_during_the_start_ends_the_instance(tmp_path):
    early = Instance(tmp_path / "home")
    try:
        wait_until(lambda: early.log_contains("the database is up to date"), 60)
        early.process.terminate()
        assert early.process.wait(20) == 0
        assert no_process_left(early)
        assert not early.log_contains("Traceback"), early.log.read_text()[-4000:]
    finally:
        early.end()


def test_a_preparation_that_fails_ends_the_start(home):
    (home / "static" / ".stamp").unlink()
    shutil.rmtree(home / "static")
    (home / "static").write_text("a file in the place of the folder")
    broken = Instance(home)
    try:
        assert broken.process.wait(60) == 1
        assert broken.log_contains("atelier  | FileExistsError") or broken.log_contains("atelier  | NotADirectoryError")
        assert no_process_left(broken)
    finally:
        broken.end()


def test_a_process_has_none_of_the_supervisors_files(instance):
    """A copy of the lock would keep the data folder locked after the end of the supervisor."""
    schedule = wait_until(lambda: instance.pid_of("schedule"))
    for pid in (schedule, parent_pid(schedule)):
        files = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir()}
        assert "up.lock" not in files


def test_the_demonstration_exists_when_the_address_is_announced(home):
    demo = Instance(home, DEMO="1")
    try:
        demo.wait_ready()
        wait_until(
            lambda: demo.log_contains("sign in as staff ada.staff, teacher nadia.benali, student ines.abdelkader")
        )
        assert wait_until(lambda: demo.pid_of("git"))
        demo.process.terminate()
        assert demo.process.wait(20) == 0
        assert no_process_left(demo)
    finally:
        demo.end()
