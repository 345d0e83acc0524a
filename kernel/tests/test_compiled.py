"""A compiled query returns the rows of the query that it was built from."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, connections, transaction
from django.db.models import Case, Count, OuterRef, Subquery, When
from django.utils import timezone

from kernel.database.bulk import insert_row_while
from kernel.database.compiled import CompiledQuery, at_once, padded

pytestmark = [pytest.mark.django_db, pytest.mark.database]
TEXTS = ["plain", "it's", "100 %s", "back\\slash", "é"]
NAMED = CompiledQuery(lambda *keys: Session.objects.filter(session_key__in=keys).only("expire_date"))


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
    by_key = CompiledQuery(lambda *keys: get_user_model().objects.filter(pk__in=keys))
    assert {row.username for row in by_key.rows(people[0].pk, people[3].pk)} == {TEXTS[0], TEXTS[3]}
    assert by_key.rows(people[2].pk)[0].date_joined == people[2].date_joined


def test_it_takes_one_statement_and_leaves_out_the_other_columns(sessions, django_assert_num_queries):
    with django_assert_num_queries(1):
        (row,) = NAMED.rows(TEXTS[0])
        assert row.expire_date
    assert row.get_deferred_fields() == {"session_data"}


NOON = datetime(2026, 11, 3, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_its_values_may_be_times_beside_texts_and_numbers(zone):
    times = [NOON + timedelta(microseconds=n) for n in (-1, 0, 1)]
    for number, at in enumerate(times):
        Session.objects.create(session_key=str(number), session_data="x" * number, expire_date=at)

    def since(at, text, *keys):
        rows = Session.objects.filter(expire_date__gte=at, session_key__in=keys).exclude(session_data=text)
        return rows.order_by("pk").values_list("expire_date", "pk")

    compiled = CompiledQuery(since)
    with timezone.override(zone):
        for at in (*times, timezone.localtime(NOON)):
            for text in ("", "x"):
                assert compiled.rows(at, text, "0", "1", "2") == list(since(at, text, "0", "1", "2"))
    assert compiled.rows(NOON, "x", "0", "1", "2") == [(times[2], "2")]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_it_may_add_a_fixed_time_to_each_of_its_times(zone):
    for hours in range(6):
        Session.objects.create(session_key=str(hours), session_data="x", expire_date=NOON + timedelta(hours=hours))

    def between(first, last):
        later = Session.objects.filter(expire_date__gt=first + timedelta(minutes=90, microseconds=1))
        rows = later.filter(expire_date__lte=last - timedelta(hours=30)).exclude(expire_date__gte=last)
        return rows.order_by("pk").values_list("session_key")

    compiled = CompiledQuery(between)
    with timezone.override(zone):
        for first, last in ((0, 34), (1, 33), (-3, 40)):
            times = NOON + timedelta(hours=first), NOON + timedelta(hours=last)
            assert compiled.rows(*times) == list(between(*times)) != []


def test_its_rows_may_be_tuples_of_a_join_with_a_case_a_subquery_and_a_count():
    entries(["ada", "bob", "cyd"])

    def by_user(at, name, *keys):
        last = LogEntry.objects.filter(user=OuterRef("user"), action_time__gte=at).order_by("-pk")
        recent = Case(When(action_time__gte=at, then="action_time"))
        rows = LogEntry.objects.filter(user__in=keys).exclude(user__username=name).order_by("pk")
        columns = ("user__username", recent, "object_repr", Subquery(last.values("object_repr")[:1]))
        return rows.values_list(*columns).annotate(number=Count("pk"))

    keys = get_user_model().objects.order_by("pk").values_list("pk", flat=True)
    rows = CompiledQuery(by_user).rows(NOON, "bob", *keys)
    assert rows == list(by_user(NOON, "bob", *keys))
    assert {row[0] for row in rows} == {"ada", "cyd"}
    assert {type(row) for row in rows} == {tuple}
    assert {row[1] is None for row in rows} == {True, False}


def test_its_objects_may_have_related_ones(django_assert_num_queries):
    entries(["ada", "bob"])
    compiled = CompiledQuery(
        lambda name: LogEntry.objects.select_related("user", "content_type").filter(user__username=name).distinct()
    )
    with django_assert_num_queries(1):
        rows = compiled.rows("bob")
        assert {(row.user.username, row.user.is_staff, row.content_type) for row in rows} == {("bob", False, None)}
    assert rows == list(LogEntry.objects.filter(user__username="bob"))
    assert rows[0].action_time == LogEntry.objects.get(pk=rows[0].pk).action_time


def entries(names):
    for name in names:
        user = get_user_model().objects.create(username=name)
        for hours in (-1, 1):
            LogEntry.objects.create(
                user=user,
                action_flag=ADDITION,
                object_repr=f"{name} {hours}",
                action_time=NOON + timedelta(hours=hours),
            )


def test_it_refuses_a_query_whose_statement_does_not_have_each_value():
    inside = CompiledQuery(lambda text: Session.objects.filter(session_key__contains=text))
    with pytest.raises(ValueError, match="not each value"):
        inside.rows("a")


def test_it_refuses_values_that_would_mean_something_else_in_its_statement():
    with pytest.raises(TypeError, match="None"):
        NAMED.rows("a", None)
    with pytest.raises(TypeError, match="bool"):
        CompiledQuery(lambda flag: get_user_model().objects.filter(is_active=flag)).rows(True)


@pytest.mark.skipif("not connection.features.has_select_for_update", reason="SQLite locks the whole database")
@pytest.mark.django_db(transaction=True)
def test_a_query_that_locks_needs_a_transaction_each_time(sessions):
    locked = CompiledQuery(lambda key: Session.objects.select_for_update().filter(session_key=key))
    with transaction.atomic():
        assert locked.rows(TEXTS[0])
    with pytest.raises(transaction.TransactionManagementError):
        locked.rows(TEXTS[0])


@pytest.mark.parametrize("number", range(1, 10))
def test_padded_values_are_the_same_values_and_have_few_lengths(number):
    values = list(range(number))
    assert sorted(set(padded(values))) == values
    assert len(padded(values)) in (1, 2, 4, 8, 16)


def test_no_values_for_a_list_are_an_error():
    with pytest.raises(ValueError, match="no values"):
        padded([])


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


@pytest.mark.skipif("connection.vendor != 'mysql'", reason="a connection to SQLite cannot be lost")
@pytest.mark.django_db(transaction=True)
def test_a_row_is_inserted_as_the_first_statement_after_a_lost_connection(sessions, begin_request):
    begin_request()
    lose_connection()
    condition = "django_session WHERE session_key = %s"
    key = insert_row_while(ContentType, condition, [TEXTS[0]], copied=("app_label", "session_key"), model="m")
    assert ContentType.objects.get(pk=key).app_label == TEXTS[0]
    connection.close()


def test_a_first_statement_that_fails_over_a_working_connection_is_not_run_again(begin_request):
    database, runs = begin_request(), []

    def busy(*statement):
        runs.append(statement)
        raise OperationalError(1205, "Lock wait timeout exceeded")

    with pytest.raises(OperationalError):
        at_once(busy, "SELECT 1", [])
    assert runs == [(database, "SELECT 1", [])]


def test_the_first_statement_of_a_request_is_the_only_one_when_the_connection_works(
    sessions, begin_request, monkeypatch
):
    monkeypatch.setattr(begin_request(), "is_usable", lambda: pytest.fail("the database was asked twice"))
    assert NAMED.rows(TEXTS[0])
