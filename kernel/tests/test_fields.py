"""ExactCharField compares byte for byte, whatever the default collation of the database is."""

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction

from kernel.fields import exact_collation

User = get_user_model()  # its username is a unique ExactCharField
DIFFERENT = ["e", "E", "É", "é", "e\u0301", "e ", " e", "ß", "ss", "ſs", "a", "a ", "a\t"]


@pytest.fixture
def stored_names(db):
    User.objects.bulk_create(User(username=name) for name in DIFFERENT)


def test_similar_names_are_all_different(stored_names):
    assert sorted(User.objects.values_list("username", flat=True)) == sorted(DIFFERENT)


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_query_finds_only_the_exact_name(stored_names, name):
    assert [user.username for user in User.objects.filter(username=name)] == [name]
    assert [user.username for user in User.objects.filter(username__in=[name])] == [name]


def test_the_same_name_twice_is_refused(stored_names):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="É")


def test_the_order_is_that_of_the_bytes(stored_names):
    names = list(User.objects.order_by("username").values_list("username", flat=True))
    assert names == sorted(DIFFERENT, key=str.encode)


def test_the_default_collation_of_mariadb_would_treat_them_as_equal(db):
    """The control experiment: in the default collation of the MariaDB tables these names are equal."""
    if connection.vendor != "mysql":
        pytest.skip("SQLite compares bytes by itself")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'É' = 'e' COLLATE utf8mb4_unicode_ci, 'a ' = 'a' COLLATE utf8mb4_unicode_ci")
        assert cursor.fetchone() == (1, 1)
        cursor.execute(
            "SELECT collation_name FROM information_schema.columns WHERE table_schema = DATABASE()"
            " AND table_name = 'accounts_user' AND column_name = 'username'"
        )
        assert cursor.fetchone() == (exact_collation(connection),)
