"""The baseline of bench/week.py: a page of the same length, from its own SQL by hand, behind the same middleware.

It reads every row that the timeline reads, with one statement for each of the timeline's, and turns the columns into
the values that a page needs: times with their zone, and lists of tags. The middleware reads the session and the person.
It is never part of the product.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

settings.ROOT_URLCONF = __name__
PIECES: list[str] = []  # one for each bar, as long together as the page; bench/week.py fills it
LONGEST = timedelta(days=100)

BOOKED = """
    SELECT a.reservation_id, a.resource_id, a.start, a.end, a.gpus, a.memory_gb, r.state, r.version, r.purpose,
           r.project_id, r.owner_id, u.first_name, u.last_name, u.username
    FROM farm_allocation a
    JOIN farm_reservation r ON r.id = a.reservation_id
    JOIN accounts_user u ON u.id = r.owner_id
    WHERE a.held AND a.end > %s AND a.end <= %s AND a.start < %s AND a.resource_id IN ({machines})
    ORDER BY a.start, a.id
"""
FREE_NOW = """
    SELECT resource_id, SUM(gpus), SUM(memory_gb) FROM farm_allocation
    WHERE held AND end > %s AND end <= %s AND start <= %s AND resource_id IN ({machines}) GROUP BY resource_id
"""
CLOSURES = "SELECT resource_id, start, end, gpus, memory_gb, reason FROM farm_closure WHERE end > %s AND start < %s"
UPCOMING = """
    SELECT COUNT(*) FROM farm_reservation WHERE owner_id = %s AND end > %s AND start > %s
    AND state IN ('active', 'draft', 'pending', 'confirmed')
"""


def week(request: HttpRequest) -> HttpResponse:
    """Answer with PIECES as one text, after the statements of the week that begins on `?day=`."""
    start = datetime.fromisoformat(request.GET["day"])
    end, now = start + timedelta(days=7), datetime.now()
    with connection.cursor() as cursor:

        def read(sql: str, values: Iterable[object]) -> list[tuple[Any, ...]]:
            cursor.execute(sql, list(values))
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

        columns = "id, name, location, gpu_model, gpu_count, memory_gb, tags, state"
        stored = read(f"SELECT {columns} FROM farm_resource WHERE state <> 'retired' ORDER BY name", [])
        machines = [(*values, json.loads(tags), state) for *values, tags, state in stored]
        ids = [machine[0] for machine in machines]
        places = ", ".join(["%s"] * len(ids))
        booked = [
            (reservation, machine, begins.replace(tzinfo=UTC), ends.replace(tzinfo=UTC), *values)
            for reservation, machine, begins, ends, *values in read(
                BOOKED.format(machines=places), [start, end + LONGEST, end, *ids]
            )
        ]
        read(FREE_NOW.format(machines=places), [now, now + LONGEST, now, *ids])
        read(CLOSURES, [start, end])
        read(UPCOMING, [request.user.pk, now, now - LONGEST])
    assert len(booked) >= len(PIECES) - 1
    return HttpResponse("".join(PIECES))


urlpatterns = [path("plain-week", week), path("", include("config.urls"))]
