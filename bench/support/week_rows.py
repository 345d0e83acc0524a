"""Machines and bookings for the timeline, written with SQL that every version of Atelier understands.

Models and fields have other names in earlier versions; tables and columns have not.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

MODELS = ("A100", "H100", "L40S", "RTX 4090")
NAMES = ("Ada Moreau", "Robert Weiss")  # the viewer, to whom every 20th booking belongs, and the owner of the others
PURPOSE = "ahead"  # as of the other benchmarks (bench/support/farm_history.py)
WEEK = timedelta(days=7)
EACH = 10  # bookings of one machine in the week
PAST_HOURS = 10 * 365 * 24


def fill(machines: int, past: int = 0) -> tuple[Any, str]:
    """Add machines with EACH bookings in one week, and past bookings of an hour over ten years.

    Returns the viewer and the address of that week: the one after the present week, so that the weekday of today
    changes nothing.
    """
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    manager = get_user_model().objects
    people = [
        manager.create_user(f"person{number}", first_name=first, last_name=last, language="en")
        for number, (first, last) in enumerate(name.split() for name in NAMES)
    ]
    _insert(
        "farm_resource",
        ("id", "name", "location", "gpu_model", "gpu_count", "memory_gb", "tags", "state", "notes", "scheduler_node"),
        [
            (n + 1, f"node-{n:04}", f"room {n % 7}", MODELS[n % 4], 8, 512, '["bench"]', "open", "", "")
            for n in range(machines)
        ],
    )
    today = timezone.localdate()
    day = today + timedelta(days=7 - today.weekday())
    monday = datetime(day.year, day.month, day.day, tzinfo=UTC)
    step = WEEK / EACH
    spans = [(monday + n % EACH * step, step * 2) for n in range(machines * EACH)]
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    every = timedelta(hours=PAST_HOURS) / max(1, past)
    spans += [(now - timedelta(hours=2) - n * every, timedelta(hours=1)) for n in range(past)]
    reservations, allocations = [], []
    for n, (start, length) in enumerate(spans):
        is_ahead = n < machines * EACH
        times = (_stored(start), _stored(start + length))
        owner = people[0 if n % 20 == 7 else 1].pk
        reservations.append((n + 1, owner, PURPOSE, *times, "confirmed", _stored(now), 1))
        machine = n // EACH if is_ahead else n % machines
        allocations.append((n + 1, machine + 1, 1 + n * 7 % 4, 32, *times, True))
    columns = ("id", "owner_id", "purpose", "start", "end", "state", "created_at", "version")
    _insert("farm_reservation", columns, reservations)
    columns = ("reservation_id", "resource_id", "gpus", "memory_gb", "start", "end", "held")
    _insert("farm_allocation", columns, allocations)
    return people[0], f"/farm/?day={day}"


def _stored(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _insert(table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    from django.db import connection

    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})", rows)
        cursor.execute(f"ANALYZE {'' if connection.vendor == 'sqlite' else 'TABLE'} {table}")
        cursor.fetchall()
