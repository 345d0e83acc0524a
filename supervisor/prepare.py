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

from config import migration_names, static_files

Say = Callable[[str], None]


def preparations() -> list[Callable[[], None]]:
    """Return the functions that bring the database and the static files up to date: none when nothing changed.

    Each runs in a process of its own, and writes what it did. No connection to the database is left open.
    """
    try:
        migrated = migration_names.all_applied()
    finally:
        connection.close()
    return [*([] if migrated else [migrate]), *([] if _are_static_files_in_place() else [collect_static])]


def prepare(say: Say) -> None:
    """Bring the database and the static files up to date."""
    migrate(say)
    collect_static(say)


def migrate(say: Say = print) -> None:
    waiting = migration_names.waiting()
    if waiting:
        began = time.monotonic()
        call_command("migrate", interactive=False, verbosity=0)
        say(f"the database is up to date: {waiting} migrations in {time.monotonic() - began:.1f} s")


def collect_static(say: Say = print) -> None:
    """Collect the static files, unless no source file changed since the last time."""
    if _are_static_files_in_place():
        return
    began = time.monotonic()
    fingerprint = _fingerprint()  # from before, so that a file that changes meanwhile is collected the next time
    call_command("collectstatic", interactive=False, verbosity=0)
    _stamp().write_text(fingerprint)
    say(f"static files are in place: {time.monotonic() - began:.1f} s")


def _are_static_files_in_place() -> bool:
    return _stamp().is_file() and _stamp().read_text() == _fingerprint()


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT, ".stamp")


def _fingerprint() -> str:
    """Return a hash of the name, size and time of every file that collectstatic would collect, and of its code."""
    digest = hashlib.sha256(Path(static_files.__file__).read_bytes())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
