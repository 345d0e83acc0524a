"""What every process does once, before it serves: what must be true of the database, and what is better done now."""

import ctypes
import gc
import os
import signal
import sys

from django.db import DatabaseError, connection, connections
from django.db.backends.utils import CursorWrapper
from django.urls import get_resolver

from config.env import stop

KEPT_SECONDS = 60
PR_SET_PDEATHSIG = 1  # man 2 prctl
PACKET_BYTES = 16 * 2**20  # MariaDB's own default; an event of EVENT_BODY_LIMIT goes into one statement


def assert_database() -> None:
    """Stop with one sentence when the database is out of reach or set so that bookings or ids could go wrong."""
    try:
        with connection.cursor() as cursor:
            sentence = _mysql_fault(cursor) if connection.vendor == "mysql" else _sqlite_fault(cursor)
    except DatabaseError as error:
        sentence = (
            f"the database does not answer ({str(error.__cause__ or error).splitlines()[0]}); look at DATABASE_URL."
        )
    finally:
        connection.close()
    if sentence:
        stop(sentence)


def keep_connections() -> None:
    """For a server whose few threads stay: a request finds the connection of the one before it, and asks it first
    whether it still lives. Opening one costs as much as all the questions of a hook.
    """
    connections.settings["default"].update(CONN_MAX_AGE=KEPT_SECONDS, CONN_HEALTH_CHECKS=True)


def load_pages() -> None:
    """Import every view now: else the first request in each process waits for all of them."""
    get_resolver().reverse_dict  # noqa: B018 - asking makes it


def spare_the_collector() -> None:
    """Take what was loaded out of the garbage collector's rounds: it stays for good, and each full look at it would
    hold up everybody in this process for a tenth of a second. Call it last.
    """
    gc.collect()
    gc.freeze()


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when `parent`, the one it was made of, ends: however that comes. On Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the kernel was asked
        os._exit(1)


def _mysql_fault(cursor: CursorWrapper) -> str:
    cursor.execute("SELECT @@character_set_database, @@character_set_connection")
    database, session = cursor.fetchone()
    # MySQL 8 knows only the second name, MariaDB before 11.1 only the first: both list what they know.
    cursor.execute("SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')")
    isolation = cursor.fetchall()[-1][1]
    if database != "utf8mb4":
        return (
            f"the database's character set is {database}, and must be utf8mb4 (ALTER DATABASE … CHARACTER SET utf8mb4)."
        )
    if session != "utf8mb4":
        return f"the connection's character set is {session}, and must be utf8mb4 (take charset out of DATABASE_URL)."
    if isolation != "READ-COMMITTED":
        return (
            f"the database works at {isolation}, and must at READ-COMMITTED (take isolation_level out of DATABASE_URL)."
        )
    cursor.execute("SELECT @@max_allowed_packet")
    packet = cursor.fetchone()[0]
    if packet < PACKET_BYTES:
        return f"the database takes statements of {packet} bytes, and must of {PACKET_BYTES} (max_allowed_packet)."
    return ""


def _sqlite_fault(cursor: CursorWrapper) -> str:
    facts = []
    for pragma in ("journal_mode", "foreign_keys"):
        cursor.execute(f"PRAGMA {pragma}")
        facts.append(str(cursor.fetchone()[0]))
    mode = connection.settings_dict["OPTIONS"].get("transaction_mode")
    if mode != "IMMEDIATE":
        return f"SQLite begins its transactions as {mode}, and must as IMMEDIATE."
    if facts[0] not in ("wal", "memory"):
        return f"SQLite keeps its journal as {facts[0]}, and must as WAL (is the data folder on a network disk?)."
    if facts[1] != "1":
        return "SQLite does not hold foreign keys, and must."
    return ""
