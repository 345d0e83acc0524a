#!/usr/bin/env python3
"""A larger farm needs no more queries for any page or list of the farm.

Run it with `make proof NAME=farm-scale`. It measures the queries, milliseconds and kB of every page and list, with 1
and 300 machines and with 10 and 100,000 past bookings. It uses the database of DATABASE_URL or SQLite, and requests the
pages in process as a signed-in person. The pages come from the URL conf and the lists from both APIs, so that none is
forgotten. The number of queries must be the same for all four sizes. The query for overlapping bookings must use a
range of its index.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.support import farm_history, instance

MAX_QUERIES = 15


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--past", type=int, default=100_000)
    parser.add_argument("--machines", type=int, default=300)
    options = parser.parse_args()
    with instance.atelier() as atelier:
        print(f"{instance.database_name()}; machines x past bookings: queries, ms, kB", flush=True)
        owner = atelier.person("alice", language="en")
        measurements: dict[str, list[tuple[int, float, float]]] = {}
        sizes = [(1, 10), (options.machines, 10), (1, options.past), (options.machines, options.past)]
        for machines, past in sizes:
            fill_farm(owner.pk, machines, past)
            for path in addresses(owner):
                measurements.setdefault(without_numbers(path), []).append(measure(owner, path))
        head = "".join(f"{f'{machines} x {past:,}':>24}" for machines, past in sizes)
        print(f"{'':44}{head}")
        wrong = [print_row(path, row) for path, row in measurements.items()]
        plan = explain()
        print(f"EXPLAIN of the overlap query: {plan}")
    right = not any(wrong) and "farm_allocation_resource_end" in plan
    print("VERDICT: " + ("a larger farm needs no more queries" if right else "WRONG: a larger farm needs more queries"))
    return 0 if right else 1


def fill_farm(owner: int, machines: int, past: int) -> None:
    """Replace all rows of the farm: machines, past bookings, and two future bookings on each."""
    from farm.models import Allocation, Machine, Reservation

    Allocation.objects.all().delete()
    Reservation.objects.all().delete()
    Machine.objects.all().delete()
    ids = farm_history.add_machines(machines)
    farm_history.add_past(owner, past, ids)
    farm_history.add_future(owner, ids, 2, hours=100)


def addresses(owner: Any) -> Iterator[str]:
    """Yield the address of every page and every list of the farm."""
    from django.urls import reverse

    from config.tests.page_arguments import ARGUMENTS
    from config.tests.pages import named_patterns
    from farm.api.urls import router
    from farm.models import Machine, Reservation

    machine, booking = Machine.objects.first(), Reservation.objects.order_by("-start").first()
    for name, _route, takes_arguments in named_patterns():
        if name.startswith("farm-"):
            objects = {"machine": machine, "booking": booking}
            yield reverse(name, kwargs=ARGUMENTS[name](objects) if takes_arguments else {})
    yield "/farm/?view=table"
    now = datetime.now(UTC)
    week = f"from={now:%Y-%m-%dT%H:%M:%SZ}&to={now + timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}"
    yield from ("/Ressource", "/Reservation?limit=100", f"/Reservation?{week}", "/RessourceReserve?limit=100")
    yield f"/RessourceReserve/idRessource/{machine.pk}?limit=100"
    for prefix, _view, _base in router.registry:
        yield f"/api/v1/farm/{prefix}"
    yield f"/api/v1/farm/reservations?{week}"


def without_numbers(path: str) -> str:
    """Return the address without its numbers, the same for each size of the farm."""
    path = path.partition("from=")[0] + ("from=&to=" if "from=" in path else "")
    return "/".join("N" if part.split("?")[0].isdigit() else part for part in path.split("/"))


def measure(owner: Any, path: str) -> tuple[int, float, float]:
    """Return (queries, milliseconds, kB) of a GET. The milliseconds are the median of three.

    When the response is not 200, return (0, status, 0).
    """
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    response = browser.get(path)
    if response.status_code != 200:
        return (0, response.status_code, 0)
    milliseconds = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as captured:
            began = time.perf_counter()
            response = browser.get(path)
            milliseconds.append((time.perf_counter() - began) * 1000)
    return len(captured.captured_queries), sorted(milliseconds)[1], len(response.getvalue()) / 1000


def print_row(path: str, row: list[tuple[int, float, float]]) -> bool:
    """Print one line of the table, with one measurement for each size of the farm.

    Returns whether something is wrong: the number of queries grows or is too large, or there was a 5xx.
    """
    if not any(queries for queries, _, _ in row):  # an action, or a list that needs parameters
        return any(status >= 500 for _, status, _ in row)
    cells = "".join(f"{queries:8} {took:7.0f} {size:7.1f}" for queries, took, size in row)
    grows = len({queries for queries, _, _ in row}) > 1 or row[0][0] > MAX_QUERIES
    print(f"{path:44}{cells}{'   MORE QUERIES' if grows else ''}", flush=True)
    return grows


def explain() -> str:
    """Return the plan of the query for the bookings that overlap a time span."""
    from farm.models import Allocation, Machine

    now = datetime.now(UTC)
    rows = Allocation.objects.held().overlapping(now, now + timedelta(hours=8)).filter(machine=Machine.objects.first())
    return str(rows.values_list("start", "end", "gpus", "memory_gb").order_by().explain())


if __name__ == "__main__":
    sys.exit(main())
