"""/livez and /readyz: what they answer, and what they never reveal."""

import pytest
from django.db import InterfaceError, OperationalError

from config import health


@pytest.fixture(autouse=True)
def _forget_migrations(monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)


@pytest.mark.parametrize("slash", ["", "/"])
def test_livez_answers_anybody_without_a_query(client, django_assert_num_queries, db, slash):
    with django_assert_num_queries(0):
        answer = client.get(f"/livez{slash}")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.processes
@pytest.mark.parametrize("slash", ["", "/"])
def test_readyz_is_200_when_database_migrations_and_broker_are_ready(client, db, broker, slash):
    answer = client.get(f"/readyz{slash}")
    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": "ok", "migrations": "ok", "broker": "ok"}


def test_readyz_is_503_without_a_broker_and_shows_no_address(client, db, settings):
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == "does not answer"
    assert "secret" not in answer.content.decode()
    assert "127.0.0.1" not in answer.content.decode()


def test_readyz_counts_missing_migrations(client, db, monkeypatch):
    monkeypatch.setattr(
        health.MigrationExecutor, "migration_plan", lambda self, targets: [("one", False), ("two", False)]
    )
    assert client.get("/readyz").json()["checks"]["migrations"] == "2 not applied"


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_readyz_says_that_the_database_does_not_answer_without_details(client, db, monkeypatch, error):
    def away():
        raise error("could not connect to host db.internal as user atelier")

    with monkeypatch.context() as patch:
        patch.setattr(health.connection, "cursor", away)
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "does not answer"
    assert "db.internal" not in answer.content.decode()
