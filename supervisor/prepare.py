"""Prepares the database and the static files before the first page. Quick when nothing changed.

`manage.py up` does both at the same time, in two processes.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

Say = Callable[[str], None]


def prepare(say: Say) -> None:
    """Bring the database and the static files up to date."""
    migrate(say)
    collect_static(say)


def migrate(say: Say = print) -> None:
    executor = MigrationExecutor(connection)
    steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if steps:
        began = time.monotonic()
        call_command("migrate", interactive=False, verbosity=0)
        say(f"the database is up to date: {len(steps)} migrations in {time.monotonic() - began:.1f} s")


def collect_static(say: Say = print) -> None:
    """Collect the static files, unless no source file changed since the last time."""
    stamp = Path(settings.STATIC_ROOT, ".stamp")
    fingerprint = _fingerprint()
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return
    began = time.monotonic()
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(fingerprint)
    say(f"static files are in place: {time.monotonic() - began:.1f} s")


def _fingerprint() -> str:
    """Return a hash of the name, size and time of every file that collectstatic would collect."""
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
