"""The health checks /livez and /readyz. Their answers never contain an address, a name or a secret."""

import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection, transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import migration_names
from config.models import WriteProbe
from kernel.database.unavailable import Fault, fault_of
from kernel.web.body_limit import body_limit

if TYPE_CHECKING:
    from kernel.database.sqlite.base import DatabaseWrapper as SQLiteConnection

OK = "ok"
PROBE_EVERY = 5.0  # seconds: anybody may send requests here, so not each of them writes
LOCK_WAIT = 1.0  # seconds that a probe waits for other writers of SQLite, in this process and in others
STARTED = time.monotonic()
_migrated = False
_probe = ("", -PROBE_EVERY)  # the result of the last write, and its time


@body_limit(0)
@login_not_required
@never_cache
@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as this process answers at all. Nothing else is checked."""
    return JsonResponse({"status": "alive"})


@body_limit(0)
@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, migrations, broker and schedule are ready, else 503.

    Both contain the result of each check.

    The database is ready when it can be written.
    """
    checks = {name: check() for name, check in CHECKS.items()}
    ready = all(result == OK for result in checks.values())
    return JsonResponse({"status": "ready" if ready else "not ready", "checks": checks}, status=200 if ready else 503)


def _database() -> str:
    """Write one row, at most once in PROBE_EVERY for each process. Without the table only read."""
    global _probe
    result, at = _probe
    if result == OK and time.monotonic() - at < PROBE_EVERY:
        return _result_of(_read)
    result = _result_of(_write if _migrations() == OK else _read)
    _probe = (result, time.monotonic())
    return result


def _result_of(work: Callable[[], None]) -> str:
    try:
        work()
    except (Error, OSError) as error:
        return (fault_of(error) or Fault.AWAY).value
    return OK


def _read() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _write() -> None:
    now = timezone.now()
    with _short_wait(), transaction.atomic():
        if not WriteProbe.objects.filter(pk=1).update(at=now):
            WriteProbe.objects.bulk_create([WriteProbe(pk=1, at=now)], ignore_conflicts=True)


def _short_wait() -> contextlib.AbstractContextManager[None]:
    """Wait only LOCK_WAIT for other writers. MariaDB waits for the few seconds of its setting."""
    if connection.vendor != "sqlite":
        return contextlib.nullcontext()
    return cast("SQLiteConnection", connection).waiting_at_most(LOCK_WAIT)


def _migrations() -> str:
    """Check until all migrations are applied. Then the result is kept."""
    global _migrated
    if _migrated:
        return OK
    try:
        waiting = migration_names.waiting()
    except Error:
        return "not known: the database does not answer"
    if waiting:
        return f"{waiting} not applied"
    _migrated = True
    return OK


def _broker() -> str:
    import redis  # on first use, as config/startup.py says

    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError):
        return "does not answer"
    return OK


def _schedule() -> str:
    """Check that the schedule runs. It may still be starting when this process has just started."""
    import redis

    from config import schedule

    try:
        alive = schedule.is_alive()
    except (redis.RedisError, OSError, ValueError):
        return "not known: the broker does not answer"
    starting = time.monotonic() - STARTED < schedule.ALIVE_SECONDS
    return OK if alive or starting else "does not run: nothing is read, delivered or cleaned up by itself"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "schedule": _schedule,
}
