"""ExactCharField compares byte for byte, whatever the database's own collation says."""

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction

from kernel.fields import exact_collation

User = get_user_model()  # its username is an ExactCharField, and unique
DIFFERENT = ["e", "E", "É", "é", "e\u0301", "e ", " e", "ß", "ss", "ſs", "a", "a ", "a\t"]


@pytest.fixture
def written(db):
    User.objects.bulk_create(User(username=name) for name in DIFFERENT)


def test_each_is_another(written):
    assert sorted(User.objects.values_list("username", flat=True)) == sorted(DIFFERENT)


@pytest.mark.parametrize("name", DIFFERENT)
def test_each_is_found_alone(written, name):
    assert [user.username for user in User.objects.filter(username=name)] == [name]
    assert [user.username for user in User.objects.filter(username__in=[name])] == [name]


def test_the_same_twice_is_refused(written):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="É")


def test_the_order_is_that_of_the_bytes(written):
    names = list(User.objects.order_by("username").values_list("username", flat=True))
    assert names == sorted(DIFFERENT, key=str.encode)


def test_the_database_s_own_way_would_not_do(db):
    """The control: in the default collation of the MariaDB tables these are equal."""
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
