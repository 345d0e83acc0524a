"""The health checks /livez and /readyz. Their answers never contain an address, a name or a secret."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kernel.web.body_limit import body_limit

OK = "ok"
_migrated = False


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
    """Answer 200 when database, migrations and broker are ready; otherwise 503, with the result of each check."""
    checks = {name: check() for name, check in CHECKS.items()}
    ready = all(result == OK for result in checks.values())
    return JsonResponse({"status": "ready" if ready else "not ready", "checks": checks}, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "does not answer"
    return OK


def _migrations() -> str:
    """Check until all migrations are applied. Then the result is kept, because reading all of them takes a while."""
    global _migrated
    if _migrated:
        return OK
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return "not known: the database does not answer"
    if waiting:
        return f"{len(waiting)} not applied"
    _migrated = True
    return OK


def _broker() -> str:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError):
        return "does not answer"
    return OK


CHECKS: dict[str, Callable[[], str]] = {"database": _database, "migrations": _migrations, "broker": _broker}
