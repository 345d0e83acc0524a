"""Compares the migrations that the database has with those of the code, by their names.

Django's own plan imports every migration, which takes longer than all else that a start does with the database.
"""

import pkgutil
from collections.abc import Iterable
from pathlib import Path

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

Name = tuple[str, str]  # the label of the app, the name of the migration


def all_applied() -> bool:
    """Whether the database has every migration of the code.

    False may also mean that a migration replaces others that were applied; only Django's plan knows this.
    """
    return _in_code(apps.get_app_configs()) <= _in_database()


def waiting() -> int:
    """Return how many migrations were not applied yet."""
    if all_applied():
        return 0
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def unknown() -> list[Name]:
    """Return the migrations of Atelier's own apps that the database has and this version of the code does not."""
    own = [app for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]
    labels = {app.label for app in own}
    return sorted({name for name in _in_database() if name[0] in labels} - _in_code(own))


def _in_code(configs: Iterable[AppConfig]) -> set[Name]:
    return {
        (app.label, module.name)
        for app in configs
        for module in pkgutil.iter_modules([str(Path(app.path, "migrations"))])
        if not module.ispkg and module.name[0] not in "_~"  # as Django's loader
    }


def _in_database() -> set[Name]:
    return set(MigrationRecorder(connection).applied_migrations())
