"""Thousands of machines and bookings, written with SQL, as a farm has after years.

Only benchmarks and proofs use it. Past bookings last one hour. They are spread evenly over the last ten years and over
the machines. The rows have the same values as those that the commands write.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

YEARS = 10
HOURS = YEARS * 365 * 24


def add_machines(count: int, gpus: int = 8, memory_gb: int = 512) -> list[int]:
    """Add machines until there are `count`, and return the ids of all machines."""
    from farm.models import Machine

    existing = Machine.objects.count()
    models = ["A100", "H100", "L40S", "RTX 4090"]
    Machine.objects.bulk_create(
        Machine(
            name=f"node-{number:04}",
            gpu_model=models[number % 4],
            location=f"room {number % 7}",
            gpu_count=gpus,
            memory_gb=memory_gb,
            tags=["bench"],
        )
        for number in range(existing, count)
    )
    return list(Machine.objects.order_by("pk").values_list("pk", flat=True))


def add_past(owner: int, count: int, machines: list[int]) -> None:
    """Add `count` past bookings of one machine each, for the user with the id `owner`.

    They end at equal intervals, the last one about an hour ago. The ids in `machines` must be consecutive.
    """
    from django.db import connection

    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    minutes = HOURS * 60 // count
    last = f"{end:%Y-%m-%d %H:%M:%S}"
    if connection.vendor == "sqlite":
        numbers = (
            f"WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {count - 1}) SELECT n FROM s"
        )
        begin, finish = (f"datetime('{last}', '-' || (n * {minutes} + {extra}) || ' minutes')" for extra in (60, 0))
        analyze = "ANALYZE"
    else:
        numbers = f"SELECT seq AS n FROM seq_0_to_{count - 1}"
        begin, finish = (f"TIMESTAMP('{last}') - INTERVAL (n * {minutes} + {extra}) MINUTE" for extra in (60, 0))
        analyze = "ANALYZE TABLE"
    with connection.cursor() as cursor:
        first = _next_id(cursor, "farm_reservation")
        cursor.execute(
            "INSERT INTO farm_reservation (id, owner_id, purpose, start, end, state, created_at, version) "
            f"SELECT {first} + n, {owner}, 'history', {begin}, {finish}, 'confirmed', {begin}, 1 "
            f"FROM ({numbers}) numbers"
        )
        size, low = len(machines), min(machines)
        assert machines == list(range(low, low + size))
        cursor.execute(
            "INSERT INTO farm_allocation (reservation_id, resource_id, gpus, memory_gb, start, end, held) "
            f"SELECT {first} + n, {low} + n % {size}, 1 + n % 4, 16, {begin}, {finish}, 1 FROM ({numbers}) numbers"
        )
        for table in ("farm_reservation", "farm_allocation"):
            cursor.execute(f"{analyze} {table}")
            cursor.fetchall()


def add_future(owner: int, machines: list[int], each: int, hours: int = 24 * 30) -> None:
    """Add `each` future bookings on every machine within the next `hours`.

    They never need more than a machine has.
    """
    from farm.models import Allocation, Reservation

    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    step = timedelta(hours=hours) / each
    spans = [(start + step * number, start + step * number + step * 2) for number in range(each)]
    rows: list[Any] = Reservation.objects.bulk_create(
        [
            Reservation(owner_id=owner, start=begin, end=end, state="confirmed", purpose="ahead")
            for _ in machines
            for begin, end in spans
        ],
        batch_size=2000,
    )
    if rows and rows[0].pk is None:  # without RETURNING the ids are not set; they are the last ids of the table
        last = list(Reservation.objects.order_by("-pk").values_list("pk", flat=True)[: len(rows)])
        for row, pk in zip(rows, reversed(last), strict=True):
            row.pk = pk
    allocations = [
        Allocation(
            reservation_id=row.pk,
            machine_id=machines[number // each],
            gpus=1 + (number * 7) % 4,
            memory_gb=32,
            start=row.start,
            end=row.end,
        )
        for number, row in enumerate(rows)
    ]
    Allocation.objects.bulk_create(allocations, batch_size=2000)


def _next_id(cursor: Any, table: str) -> int:
    """Return the first free id of the table."""
    cursor.execute(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}")
    return int(cursor.fetchone()[0])
