"""Empties the database after each transactional test, without what makes Django's own way slow."""

from collections.abc import Iterator

import pytest
from django.core.management.color import no_style
from django.db import connections
from django.test import TransactionTestCase

# Rows that `migrate` creates. Django deletes them after each test, and creates them again with two queries per app.
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """Delete all rows but those of KEPT_TABLES after a transactional test."""

    def delete_rows(case: TransactionTestCase) -> None:
        for name in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
            connection = connections[name]
            tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
            statements = connection.ops.sql_flush(no_style(), sorted(tables - KEPT_TABLES))
            connection.ops.execute_sql_flush(statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", delete_rows)
        yield
