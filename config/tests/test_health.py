"""/livez and /readyz: what they answer, and what they never reveal."""

import sqlite3

import pytest
import redis
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from config import health, schedule
from config.models import WriteProbe

ALL_OK = {"database": "ok", "migrations": "ok", "broker": "ok", "schedule": "ok"}


@pytest.fixture(autouse=True)
def _as_after_the_start(monkeypatch):
    """No result is kept from another test, and the process is old enough for the schedule to have started."""
    monkeypatch.setattr(health, "_migrated", False)
    monkeypatch.setattr(health, "_probe", ("", -health.PROBE_EVERY))
    monkeypatch.setattr(health, "STARTED", health.STARTED - 1000)


@pytest.mark.parametrize("slash", ["", "/"])
def test_livez_answers_anybody_without_a_query(client, django_assert_num_queries, db, slash):
    with django_assert_num_queries(0):
        answer = client.get(f"/livez{slash}")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.processes
@pytest.mark.parametrize("slash", ["", "/"])
def test_readyz_is_200_when_everything_is_ready(client, db, broker, slash):
    schedule.report_alive()
    answer = client.get(f"/readyz{slash}")
    assert answer.status_code == 200
    assert answer.json()["checks"] == ALL_OK


@pytest.mark.processes
def test_readyz_reports_a_schedule_that_does_not_run(client, db, broker, monkeypatch):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["schedule"].startswith("does not run")
    schedule.report_alive()
    assert client.get("/readyz").status_code == 200
    redis.Redis.from_url(broker).delete(schedule.ALIVE_KEY)
    assert client.get("/readyz").status_code == 503
    monkeypatch.setattr(health, "STARTED", health.time.monotonic())
    assert client.get("/readyz").status_code == 200, "the schedule may still be starting"


def test_readyz_is_503_without_a_broker_and_shows_no_address(client, db, settings):
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == "does not answer"
    assert answer.json()["checks"]["schedule"] == "not known: the broker does not answer"
    assert "secret" not in answer.content.decode()
    assert "127.0.0.1" not in answer.content.decode()


@pytest.mark.database
def test_readyz_counts_missing_migrations(client, db):
    newest = MigrationRecorder.Migration.objects.filter(app="courses").order_by("-name")[:2]
    for migration in list(newest):
        migration.delete()
    checks = client.get("/readyz").json()["checks"]
    assert (checks["migrations"], checks["database"]) == ("2 not applied", "ok")


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (OperationalError("could not connect to host db.internal as user atelier"), "does not answer"),
        (InterfaceError("db.internal"), "the connection was lost"),
    ],
)
def test_readyz_says_that_the_database_does_not_answer_without_details(client, db, monkeypatch, error, result):
    def away():
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(health.connection, "cursor", away)
        patch.setattr(health, "_migrated", True)
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == result
    assert "db.internal" not in answer.content.decode()


@pytest.mark.database
def test_readyz_writes_a_row_but_not_for_every_question(client, db):
    for _ in range(3):
        assert client.get("/readyz").json()["checks"]["database"] == "ok"
    first = WriteProbe.objects.get()
    health._probe = ("ok", health.time.monotonic() - health.PROBE_EVERY)
    client.get("/readyz")
    assert WriteProbe.objects.get().at > first.at


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="MariaDB locks rows, and has many writers")
def test_readyz_says_that_another_process_locks_the_database(client):
    assert client.get("/readyz").json()["checks"]["database"] == "ok"
    health._probe = ("", 0.0)
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        began = health.time.monotonic()
        assert client.get("/readyz").json()["checks"]["database"] == "is locked by another process"
        assert health.time.monotonic() - began < 5, "SQLite's usual wait is 20 s"
    finally:
        other.close()
    assert client.get("/readyz").json()["checks"]["database"] == "ok", "a failure is not kept"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone()[0] == 20_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a full disk of MariaDB is its server's")
def test_readyz_says_that_the_disk_is_full(client, monkeypatch):
    """SQLite raises the same error at its own limit of pages as on a full disk."""
    client.get("/readyz")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE fill (text TEXT)")
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count={cursor.fetchone()[0]}")
        monkeypatch.setattr(health, "_write", lambda: cursor.execute("INSERT INTO fill VALUES (%s)", ["x" * 5_000_000]))
        monkeypatch.setattr(health, "_probe", ("", 0.0))
        try:
            answer = client.get("/readyz")
        finally:
            cursor.execute("PRAGMA max_page_count=1073741823")
            cursor.execute("DROP TABLE fill")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "cannot write: the disk is full"
