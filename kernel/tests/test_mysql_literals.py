"""The values of statements for MariaDB become the same SQL as with the driver's own connection."""

import enum
import itertools
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from MySQLdb.connections import Connection

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'mysql'", reason="needs MariaDB or MySQL"),
]


class Word(enum.StrEnum):
    WORD = "wo'rd"


NUMBERS = [0, 1, -5, 2**63 - 1, -(2**63), True, False, 1.5, Decimal("1.50")]
TEXTS = ["", "it's", 'a "b" \\ %s %', "é\n\r\t\x1a", "😀", json.dumps({"a": "'"}), Word.WORD, b"\xff'\\"]
OTHERS = [None, datetime(2026, 11, 30, 12, tzinfo=UTC).replace(tzinfo=None), (1, "a'b")]


def test_rows_become_the_sql_of_the_driver_in_statements_of_limited_length():
    connection.ensure_connection()
    driver = connection.connection
    columns = [1, True, False], ["a", "it's", "a"], [None, 5, "5"], ["x" * 40_000] * 3, [7, 7, 7], [True, True, True]
    rows = list(zip(*columns, strict=True))
    expected = [b"(" + b",".join(Connection.literal(driver, value) for value in row) + b")" for row in rows]
    assert [text.encode() for text in driver.values_as_sql(rows)] == expected
    short = [(number, "é") for number in range(20)]
    assert list(driver.values_as_sql(short)) == [",".join(f"({number},'é')" for number in range(20))]


@pytest.mark.parametrize("value", list(itertools.chain(NUMBERS, TEXTS, OTHERS)), ids=repr)
def test_a_value_becomes_the_sql_of_the_driver(value):
    connection.ensure_connection()
    driver = connection.connection
    assert type(driver) is not Connection
    assert driver.literal(value) == Connection.literal(driver, value)
