"""Fixtures that every app's tests may ask for (kernel/testing/), and what `-m database` means."""

import pytest
from django.conf import settings
from django.utils import timezone, translation

pytest_plugins = [
    "kernel.testing.people",
    "kernel.testing.broker",
    "kernel.testing.queries",
    "kernel.testing.site",
    "kernel.testing.browser",
]
OF_THE_DATABASE = {"db", "transactional_db", "django_db_setup"}


@pytest.fixture(autouse=True)
def _language_and_zone_of_nobody() -> None:
    """A request leaves its reader's language and zone active in the thread: no test begins with another's."""
    translation.activate(settings.LANGUAGE_CODE)
    timezone.deactivate()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that touches the database is a `database` test, and also runs on MariaDB: none is chosen by hand."""
    for item in items:
        if item.get_closest_marker("django_db") or OF_THE_DATABASE & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)
