"""Loads the shared fixtures (kernel/testing/) and sets the marker `database`."""

import os

import pytest
from django.conf import settings
from django.utils import timezone, translation

import config.celery  # noqa: F401 - so that the tasks belong to our application, as in a worker
from config.startup import end_with_parent

pytest_plugins = [
    "kernel.testing.database",
    "kernel.testing.people",
    "kernel.testing.broker",
    "kernel.testing.queries",
    "kernel.testing.site_server",
    "kernel.testing.thread_server",
    "kernel.testing.browser",
]
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup"}


@pytest.fixture(autouse=True)
def _default_language_and_time_zone() -> None:
    """Reset language and time zone before each test: a request leaves those of its user active in the thread."""
    translation.activate(settings.LANGUAGE_CODE)
    timezone.deactivate()


def pytest_configure(config: pytest.Config) -> None:
    """End a process of a parallel run when the one that started it is killed."""
    if hasattr(config, "workerinput"):
        end_with_parent(os.getppid())


@pytest.fixture(autouse=True)
def _no_class_in_memory() -> None:
    """Forget the classes that a process keeps: each test has another database."""
    from courses.pages import live_class

    live_class.forget()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that uses the database with `database`, so that it also runs on MariaDB."""
    for item in items:
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)
