"""A transaction on MariaDB takes two statements of its own, BEGIN and COMMIT, and is undone as a whole."""

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, connections, transaction
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


def test_the_setting_names_this_engine():
    assert connections.settings["default"]["ENGINE"] == "kernel.database.mysql"
