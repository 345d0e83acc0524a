#!/usr/bin/env python3
"""Queries, milliseconds and bytes of every page and list of the farm as it grows: `make proof NAME=farm-scale`.

With 1 and 300 machines, 10 and 100,000 past bookings, on the database of DATABASE_URL or on SQLite, asked in process
as a signed-in person. The pages are those of the URL conf, the lists those of both APIs, so none is forgotten. The
number of queries must be the same in all four; the plan of the overlap query must be a range of its index.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.support import farm_history, instance

MOST = 15


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--past", type=int, default=100_000)
    parser.add_argument("--machines", type=int, default=300)
    options = parser.parse_args()
    with instance.atelier() as here:
        print(f"{instance.database_name()}; machines x past bookings: queries, ms, kB", flush=True)
        owner = here.person("alice", language="en")
        found: dict[str, list[tuple[int, float, float]]] = {}
        sizes = [(1, 10), (options.machines, 10), (1, options.past), (options.machines, options.past)]
        for machines, past in sizes:
            fill(owner.pk, machines, past)
            for path in addresses(owner):
                found.setdefault(plain(path), []).append(ask(owner, path))
        head = "".join(f"{f'{machines} x {past:,}':>24}" for machines, past in sizes)
        print(f"{'':44}{head}")
        wrong = [told(path, row) for path, row in found.items()]
        plan = explain()
        print(f"EXPLAIN of the overlap query: {plan}")
    right = not any(wrong) and "farm_allocation_resource_end" in plan
    print("VERDICT: " + ("as many queries however large the farm is" if right else "WRONG: queries grow"))
    return 0 if right else 1


def fill(owner: int, machines: int, past: int) -> None:
    """The farm as if it had always been so large: machines, what is over, and two bookings ahead on each."""
    from farm.models import Allocation, Machine, Reservation

    Allocation.objects.all().delete()
    Reservation.objects.all().delete()
    Machine.objects.all().delete()
    ids = farm_history.add_machines(machines)
    farm_history.add_past(owner, past, ids)
    farm_history.add_future(owner, ids, 2, hours=100)


def addresses(owner: Any) -> Iterator[str]:
    from django.urls import reverse

    from config.tests.pages import ARGUMENTS, named_patterns
    from farm.api.urls import router
    from farm.models import Machine, Reservation

    machine, booking = Machine.objects.first(), Reservation.objects.order_by("-start").first()
    for name, _route, takes in named_patterns():
        if name.startswith("farm-"):
            yield reverse(name, kwargs=ARGUMENTS[name]({"machine": machine, "booking": booking}) if takes else {})
    yield "/farm/?view=table"
    now = datetime.now(UTC)
    week = f"from={now:%Y-%m-%dT%H:%M:%SZ}&to={now + timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}"
    yield from ("/Ressource", "/Reservation?limit=100", f"/Reservation?{week}", "/RessourceReserve?limit=100")
    yield f"/RessourceReserve/idRessource/{machine.pk}?limit=100"
    for prefix, _view, _base in router.registry:
        yield f"/api/v1/farm/{prefix}"
    yield f"/api/v1/farm/reservations?{week}"


def plain(path: str) -> str:
    """The address without its numbers, to find it again in the next size."""
    path = path.partition("from=")[0] + ("from=&to=" if "from=" in path else "")
    return "/".join("N" if part.split("?")[0].isdigit() else part for part in path.split("/"))


def ask(owner: Any, path: str) -> tuple[int, float, float]:
    """Queries, milliseconds (median of three) and kB; nothing where a GET is not answered with a page or a list."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.get(path)
    if answer.status_code != 200:
        return (0, answer.status_code, 0)
    taken = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as captured:
            began = time.perf_counter()
            answer = browser.get(path)
            taken.append((time.perf_counter() - began) * 1000)
    return len(captured.captured_queries), sorted(taken)[1], len(answer.content) / 1000


def told(path: str, row: list[tuple[int, float, float]]) -> bool:
    """One line of the table; whether something is wrong with it."""
    if not any(queries for queries, _, _ in row):  # an action, or a list that wants a question
        return any(status >= 500 for _, status, _ in row)
    cells = "".join(f"{queries:8} {took:7.0f} {size:7.1f}" for queries, took, size in row)
    grows = len({queries for queries, _, _ in row}) > 1 or row[0][0] > MOST
    print(f"{path:44}{cells}{'   GROWS' if grows else ''}", flush=True)
    return grows


def explain() -> str:
    from farm.models import Allocation, Machine

    now = datetime.now(UTC)
    rows = Allocation.objects.held().overlapping(now, now + timedelta(hours=8)).filter(machine=Machine.objects.first())
    return str(rows.values_list("start", "end", "gpus", "memory_gb").order_by().explain())


if __name__ == "__main__":
    sys.exit(main())
