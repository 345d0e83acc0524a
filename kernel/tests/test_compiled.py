"""A compiled query returns the rows of the query that it was built from."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, connections
from django.utils import timezone

from kernel.database.compiled import CompiledQuery

pytestmark = [pytest.mark.django_db, pytest.mark.database]
TEXTS = ["plain", "it's", "100 %s", "back\\slash", "é"]
NAMED = CompiledQuery(str, lambda *keys: Session.objects.filter(session_key__in=keys).only("expire_date"))


@pytest.fixture
def sessions():
    return [Session.objects.create(session_key=text, session_data="x", expire_date=timezone.now()) for text in TEXTS]


@pytest.mark.parametrize("number", range(1, len(TEXTS) + 1))
def test_it_returns_the_rows_of_its_query_for_any_number_of_values(sessions, number):
    rows = NAMED.rows(*TEXTS[:number])
    assert sorted((row.pk, row.expire_date) for row in rows) == sorted(
        (session.pk, session.expire_date) for session in sessions[:number]
    )
    assert NAMED.rows(*["nobody"] * number) == []


def test_its_values_may_be_whole_numbers():
    people = [get_user_model().objects.create(username=text) for text in TEXTS]
    by_key = CompiledQuery(int, lambda *keys: get_user_model().objects.filter(pk__in=keys))
    assert {row.username for row in by_key.rows(people[0].pk, people[3].pk)} == {TEXTS[0], TEXTS[3]}
    assert by_key.rows(people[2].pk)[0].date_joined == people[2].date_joined


def test_it_takes_one_statement_and_leaves_out_the_other_columns(sessions, django_assert_num_queries):
    with django_assert_num_queries(1):
        (row,) = NAMED.rows(TEXTS[0])
        assert row.expire_date
    assert row.get_deferred_fields() == {"session_data"}


def lose_connection():
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("KILL %s", [connection.connection.thread_id()])
    other.close()


@pytest.fixture
def begin_request(monkeypatch):
    """Mark the connection as one that is kept from an earlier request, and not yet checked."""
    database = connections["default"]

    def begin():
        monkeypatch.setattr(database, "health_check_enabled", True)
        monkeypatch.setattr(database, "health_check_done", False)
        return database

    return begin


@pytest.mark.skipif("connection.vendor != 'mysql'", reason="a connection to SQLite cannot be lost")
@pytest.mark.django_db(transaction=True)
def test_the_first_statement_of_a_request_replaces_a_lost_connection(sessions, begin_request):
    begin_request()
    lose_connection()
    assert NAMED.rows(TEXTS[0])[0].pk == TEXTS[0]
    lose_connection()
    with pytest.raises(OperationalError):  # a later statement may belong to work that is lost, too
        NAMED.rows(TEXTS[0])
    connection.close()


def test_the_first_statement_of_a_request_is_the_only_one_when_the_connection_works(
    sessions, begin_request, monkeypatch
):
    monkeypatch.setattr(begin_request(), "is_usable", lambda: pytest.fail("the database was asked twice"))
    assert NAMED.rows(TEXTS[0])
