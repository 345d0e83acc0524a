"""Steps that every process takes once at its start: check the database, import the views, tune the collector."""

import ctypes
import gc
import importlib
import os
import resource
import signal
import sys
import threading

from django.core.signals import request_finished
from django.db import DatabaseError, connection, connections
from django.db.backends.utils import CursorWrapper
from django.urls import get_resolver

from config import migration_names
from config.env import stop

CONNECTION_SECONDS = 60  # how long a connection is reused
OPEN_FILES = 8192
# Modules that pages and APIs import on first use, because the page of signing in does not need them.
IMPORTED_LATER = ["redis", "config.celery", "kombu.transport.redis", "config.schedule", "kernel.text.markdown"]
PR_SET_PDEATHSIG = 1  # man 2 prctl
PACKET_BYTES = 16 * 2**20  # MariaDB's default; an event of EVENT_BODY_LIMIT must fit into one statement


def assert_database() -> None:
    """Stop with one sentence when the database does not answer, has wrong settings, or is newer than this code."""
    try:
        with connection.cursor() as cursor:
            sentence = _mysql_fault(cursor) if connection.vendor == "mysql" else _sqlite_fault(cursor)
        sentence = sentence or _newer_fault()
    except DatabaseError as error:
        sentence = (
            f"the database does not answer ({str(error.__cause__ or error).splitlines()[0]}); check DATABASE_URL."
        )
    finally:
        connection.close()
    if sentence:
        stop(sentence)


def keep_connections() -> None:
    """Reuse database connections between requests, after a check that they still work.

    For a server with a few lasting threads. Opening a connection takes as long as all queries of a webhook.
    """
    connections.settings["default"].update(CONN_MAX_AGE=CONNECTION_SECONDS, CONN_HEALTH_CHECKS=True)


def keep_sqlite_connections() -> None:
    """Reuse connections to SQLite only. For a server with many lasting threads: MariaDB limits its connections."""
    if connection.vendor == "sqlite":
        keep_connections()


def import_views() -> None:
    """Import every view now. Otherwise the first request of each process waits for all of these imports."""
    gc.disable()  # imports leave little to collect; freeze_garbage_collector enables it again
    get_resolver().reverse_dict  # noqa: B018 - reading it imports the URL patterns and their views


def import_later() -> None:
    """Import IMPORTED_LATER."""
    for name in IMPORTED_LATER:
        importlib.import_module(name)


def import_later_after_the_first_answer() -> None:
    """Import IMPORTED_LATER in a thread of its own, once this process has answered its first request.

    Then no first change waits for it. A request that needs a module meanwhile waits for Python's lock of its import.
    """
    request_finished.connect(_start_importing_later, dispatch_uid="config.import_later")


def _start_importing_later(**_: object) -> None:
    if request_finished.disconnect(dispatch_uid="config.import_later"):  # another thread may have been first
        threading.Thread(target=import_later, name="import-later", daemon=True).start()


def freeze_garbage_collector() -> None:
    """Exclude all present objects from garbage collection: they live as long as the process.

    A full collection of them would stop the process for a moment, and write to memory that forks share. Call this last.
    """
    gc.freeze()
    gc.enable()


def allow_many_connections() -> None:
    """Raise the limit of open files of this process: each connection takes one, and each long body another."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def end_with_parent(parent: int) -> None:
    """Make Linux kill this process when `parent`, the process that forked it, ends in any way."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the call above
        os._exit(1)


def _newer_fault() -> str:
    """Return a sentence when migrations of Atelier were applied that this version does not have."""
    if not (unknown := migration_names.unknown()):
        return ""
    first, more = ".".join(unknown[0]), f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
    return (
        f"the database is newer than this version of Atelier: it has the migration {first}{more}. Start the newer "
        "version, or restore the backup from before the upgrade."
    )


def _mysql_fault(cursor: CursorWrapper) -> str:
    cursor.execute("SELECT @@character_set_database, @@character_set_connection")
    database, session = cursor.fetchone()
    # MySQL 8 has only the second name, MariaDB before 11.1 only the first. SHOW lists those that exist.
    cursor.execute("SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')")
    isolation = cursor.fetchall()[-1][1]
    if database != "utf8mb4":
        return (
            f"the database's character set is {database}, but must be utf8mb4 (ALTER DATABASE … CHARACTER SET utf8mb4)."
        )
    if session != "utf8mb4":
        return f"the connection's character set is {session}, but must be utf8mb4 (remove charset from DATABASE_URL)."
    if isolation != "READ-COMMITTED":
        return f"the isolation level is {isolation}, but must be READ-COMMITTED (see isolation_level in DATABASE_URL)."
    cursor.execute("SELECT @@max_allowed_packet")
    packet = cursor.fetchone()[0]
    if packet < PACKET_BYTES:
        return (
            f"the database accepts statements of {packet} bytes, but must accept {PACKET_BYTES} (max_allowed_packet)."
        )
    return ""


def _sqlite_fault(cursor: CursorWrapper) -> str:
    values = []
    for pragma in ("journal_mode", "foreign_keys"):
        cursor.execute(f"PRAGMA {pragma}")
        values.append(str(cursor.fetchone()[0]))
    mode = connection.settings_dict["OPTIONS"].get("transaction_mode")
    if mode != "IMMEDIATE":
        return f"SQLite starts its transactions as {mode}, but must start them as IMMEDIATE."
    if values[0] not in ("wal", "memory"):
        return f"SQLite's journal mode is {values[0]}, but must be WAL (is the data folder on a network disk?)."
    if values[1] != "1":
        return "SQLite does not check foreign keys, but must."
    return ""
