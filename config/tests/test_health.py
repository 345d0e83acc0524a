"""livez and readyz: what they say, to whom, and what they never say."""

import pytest
from django.db import InterfaceError, OperationalError

from config import health


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_living_process_says_so_to_anybody_without_the_database(client, django_assert_num_queries, db, slash):
    with django_assert_num_queries(0):
        answer = client.get(f"/livez{slash}")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.processes
@pytest.mark.parametrize("slash", ["", "/"])
def test_it_is_ready_when_all_three_are_there(client, db, broker, slash):
    answer = client.get(f"/readyz{slash}")
    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": "ok", "migrations": "ok", "broker": "ok"}


def test_without_a_broker_it_is_not_ready_and_names_no_address(client, db, settings):
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == "does not answer"
    assert "secret" not in answer.content.decode()
    assert "127.0.0.1" not in answer.content.decode()


def test_a_migration_that_waits_is_counted(client, db, monkeypatch):
    monkeypatch.setattr(
        health.MigrationExecutor, "migration_plan", lambda self, targets: [("one", False), ("two", False)]
    )
    assert client.get("/readyz").json()["checks"]["migrations"] == "2 not applied"


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_said_in_words(client, db, monkeypatch, error):
    def away():
        raise error("could not connect to host db.internal as user atelier")

    with monkeypatch.context() as patch:
        patch.setattr(health.connection, "cursor", away)
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "does not answer"
    assert "db.internal" not in answer.content.decode()
