"""What Atelier saves around a transaction on MariaDB, and that a transaction is still one."""

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.utils import timezone

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'mysql'", reason="needs MariaDB or MySQL"),
]


def save(key):
    Session.objects.create(session_key=key, session_data="", expire_date=timezone.now())


def saved():
    """The keys of the saved rows, read by a new connection: the old one loses what it has not committed."""
    connection.close()
    return set(Session.objects.values_list("session_key", flat=True))


def counted(on, *names):
    """How often the server has run these statements for this connection."""
    with on.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Com\\_%'")
        counts = dict(cursor.fetchall())
    return [int(counts[f"Com_{name}"]) for name in names]


@pytest.fixture
def kept():
    """A connection that is kept between requests and checked, as `startup.keep_connections` sets it."""
    kept = connections.create_connection("default")
    kept.settings_dict = {**kept.settings_dict, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    kept.connect()
    yield kept
    kept.close()


def requests_on(kept, number):
    for _ in range(number):
        kept.close_if_unusable_or_obsolete()  # as Django does before each request
        with kept.cursor() as cursor:
            cursor.execute("SELECT 1")


def test_a_transaction_takes_begin_and_commit_alone():
    names = ("begin", "commit", "set_option")
    before = counted(connection, *names)
    with transaction.atomic():
        pass
    assert [new - old for new, old in zip(counted(connection, *names), before, strict=True)] == [1, 1, 0]


@transaction.atomic
def save_one_twice():
    save("a")
    with transaction.atomic():
        save("b")
    save("a")


def test_a_transaction_is_undone_as_a_whole_and_the_next_statement_is_outside_of_it():
    with pytest.raises(IntegrityError):
        save_one_twice()
    save("c")
    assert saved() == {"c"}


def test_autocommit_can_still_be_turned_off():
    transaction.set_autocommit(False)
    save("a")
    transaction.rollback()
    transaction.set_autocommit(True)
    save("b")
    assert saved() == {"b"}


def test_a_connection_is_checked_once_a_second(kept):
    requests_on(kept, 2)
    [before] = counted(kept, "admin_commands")  # a ping is one of them
    requests_on(kept, 5)
    assert counted(kept, "admin_commands") == [before]
    kept.fresh_until = 0.0  # a second later
    requests_on(kept, 5)
    assert counted(kept, "admin_commands") == [before + 1]


@pytest.mark.parametrize("is_fresh", [False, True])
def test_a_lost_connection_is_replaced_after_a_second_or_one_error(kept, is_fresh):
    requests_on(kept, 2)
    with connection.cursor() as cursor:
        cursor.execute("KILL %s", [kept.connection.thread_id()])
    if is_fresh:
        with pytest.raises(OperationalError):
            requests_on(kept, 1)
    else:
        kept.fresh_until = 0.0
    requests_on(kept, 2)


def test_the_setting_names_this_engine():
    assert connections.settings["default"]["ENGINE"] == "kernel.database.mysql"
