"""The schedule: a damaged file is replaced, a full disk or a wrong clock stops no task, /readyz checks that it runs."""

import json
import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
import redis
import time_machine

from config import schedule
from config.celery import app
from config.schedule import ALIVE_KEY, Schedule
from kernel.testing import child_processes
from kernel.testing.processes import BIN, environment, wait_until

NIGHTLY = "farm-check-capacity"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "schedule" / "beat"


def start(file):
    return Schedule(app, schedule_filename=str(file))


def test_the_last_runs_are_kept(file):
    first = start(file)
    at = datetime.now(UTC) - timedelta(hours=30)
    first.schedule[NIGHTLY].last_run_at = at
    first.sync()
    assert start(file).schedule[NIGHTLY].last_run_at == at
    assert start(file).schedule[NIGHTLY].is_due()[0], "a night that was missed is made up for"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\x00" * 20_000,
        b"[1]",
        b'{"farm-check-capacity": 1}',
        b'{"farm-check-capacity": "2026-01-01"}',
        b"\xff",
    ],
)
def test_a_damaged_file_starts_anew(file, content):
    file.parent.mkdir()
    file.write_bytes(content)
    entries = start(file).schedule
    assert set(entries) == set(app.conf.beat_schedule)
    assert set(json.loads(file.read_bytes())) == set(entries)


@pytest.mark.parametrize("cut", [0, 1, 10, 100])
def test_a_file_that_was_cut_short_starts_anew(file, cut):
    start(file)
    whole = file.read_bytes()
    file.write_bytes(whole[:cut])
    start(file)
    assert set(json.loads(file.read_bytes())) == set(json.loads(whole))


def test_a_disk_that_cannot_be_written_stops_no_task(tmp_path):
    (tmp_path / "file").write_text("")
    kept = start(tmp_path / "file" / "beat")  # a folder that cannot be made
    kept.sync()
    assert kept.schedule


def test_a_time_in_the_future_is_ignored(file):
    kept = start(file)
    kept.schedule[NIGHTLY].last_run_at = datetime.now(UTC) + timedelta(days=1)
    kept.sync()
    assert start(file).schedule[NIGHTLY].last_run_at <= datetime.now(UTC)


def test_tasks_run_on_when_the_clock_is_set_back(file, monkeypatch):
    sent = []
    monkeypatch.setattr(Schedule, "apply_entry", lambda self, entry, producer=None: sent.append(entry.name))
    monkeypatch.setattr(Schedule, "producer", None)
    monkeypatch.setattr(schedule, "report_alive", lambda: None)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=False) as clock:
        kept = start(file)
        clock.shift(20)
        while kept.tick() == 0:
            pass
        assert "gitsync-sweep" in sent
        clock.shift(-86_400)
        kept.tick()
        sent.clear()
        clock.shift(20)
        monkeypatch.setattr(schedule, "_clock_offset", lambda: kept._clock)  # this time passes, nobody sets the clock
        while kept.tick() == 0:
            pass
    assert "gitsync-sweep" in sent


@pytest.mark.processes
def test_a_schedule_whose_file_was_cut_short_runs_and_is_alive(tmp_path, broker):
    (tmp_path / "beat").write_bytes(b"\x13\x57\x9a\xce cut short")
    command = [str(BIN / "celery"), "-A", "config", "beat", "-s", str(tmp_path / "beat"), "--pidfile="]
    variables = environment(tmp_path, REDIS_URL=broker)
    with (tmp_path / "log").open("w") as out:
        process = child_processes.start(command, env=variables, stdout=out, stderr=out)
    client = redis.Redis.from_url(broker)
    try:
        wait_until(lambda: client.exists(ALIVE_KEY) or process.poll() is not None)
        assert process.poll() is None, (tmp_path / "log").read_text()
        assert schedule.is_alive()
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(15)
    assert set(json.loads((tmp_path / "beat").read_bytes())) == set(app.conf.beat_schedule)
