#!/usr/bin/env python3
"""The database is killed (kill -9) during bookings. No booking may be lost.

Run it with `make proof NAME=database-killed`. The production servers run on a MariaDB that writes each COMMIT to the
disk. 16 processes book two or three machines at a time over HTTP. Another one opens pages and the health checks. The
database is killed and started again on the same data. Then the responses are compared with the database:

- every booking that was answered with 201 is complete;
- no booking has only a part of its allocations, and no machine is overbooked;
- during the outage every response was a 503 with a message;
- afterwards the servers recovered without help.
"""

import argparse
import itertools
import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from bench.support import instance
from bench.support.capacity_sweep import broken_bookings, sweep
from bench.support.http_calls import HttpClient, Response, by_status, latencies
from kernel.testing import child_processes
from scripts.services import servers

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
PAGES = ["/farm/", "/farm/bookings/", "/farm/book/"]  # opened by a person who is signed in
PROBES = ["/readyz", "/livez"]
RECOVERY = 5.0  # seconds within which all requests must succeed again after the database has started


class RecordedResponse(NamedTuple):
    """A response, and the allocations in its request, with the keys of the API."""

    at: float  # epoch seconds of its end
    response: Response
    allocations: list[dict[str, int]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--before", type=float, default=6, help="seconds of booking until the kill")
    parser.add_argument("--away", type=float, default=4, help="seconds until it is started again")
    parser.add_argument("--after", type=float, default=10, help="seconds of booking after it")
    options = parser.parse_args()
    with servers(durable=True) as (database, variables), instance.atelier(**variables) as atelier:
        print(f"{instance.database_name()}, durable; {options.processes} processes", flush=True)
        faults = prove(atelier, database, options)
    for fault in faults[:12]:
        print(f"    {fault}")
    print(f"VERDICT: {'no booking is lost or incomplete' if not faults else f'WRONG ({len(faults)} faults)'}")
    return 1 if faults else 0


def prove(atelier: instance.Atelier, database: Any, options: argparse.Namespace) -> list[str]:
    """Kill the database during bookings, and return one sentence for each fault."""
    from django.db import connection

    from farm.domain import machines

    machine_ids = [machines.add_machine(actor=None, name=f"m{n}", gpu_count=64, memory_gb=256).pk for n in range(4)]
    tokens = [atelier.bearer(f"writer-{number}") for number in range(options.processes)]
    program_token, cookie = atelier.bearer("program", kind="service"), atelier.cookie("writer-0")
    connection.close()
    with atelier.production() as server, child_processes.pool(len(tokens) + 1) as pool:
        begin = time.time() + 3
        until = begin + options.before + options.away + options.after
        tasks = [(server.url, token, program_token, machine_ids, begin, until) for token in tokens]
        writers = pool.starmap_async(book_repeatedly, tasks, chunksize=1)
        reader = pool.apply_async(open_pages, (server.url, cookie, begin, until))
        time.sleep(max(0, begin + options.before - time.time()))
        database.kill()
        killed_at = time.time()
        time.sleep(options.away)
        started_at = time.time()
        database.start()
        available_at = time.time()
        bookings = [record for records in writers.get() for record in records]
        pages = reader.get()
    print(
        f"the database was down for {available_at - killed_at:.1f} s; "
        f"its start and recovery took {available_at - started_at:.1f} s of them"
    )
    connection.close()
    outage = (killed_at, available_at)
    for name, records in (("bookings", bookings), ("pages and health", pages)):
        phases = [[], [], []]
        for record in records:
            phases[sum(record.at >= limit for limit in outage)].append(record.response)
        for phase, group in zip(("before", "meanwhile", "after"), phases, strict=True):
            print(f"    {name}, {phase:9} {len(group):5}: {by_status(group)}; {latencies(group)}")
    faults = [
        *outage_faults([*bookings, *pages], (killed_at, started_at)),
        *recovery_faults([*bookings, *pages], available_at),
        *booking_faults(bookings),
    ]
    result = sweep(connection)
    print(f"checked {result.instants} times of {result.allocations} allocations: {len(result.overbookings)} overbooked")
    return [
        *faults,
        *broken_bookings(connection),
        *(f"overbooked: {overbooking}" for overbooking in result.overbookings),
    ]


def outage_faults(records: list[RecordedResponse], outage: tuple[float, float]) -> list[str]:
    """Return a sentence for each wrong response.

    Without a database, only a 503 with a message is right. `outage` is the start and the end of the time without a
    database, in epoch seconds.
    """
    faults = []
    for record in records:
        response = record.response
        if response.status in (0, 500):
            faults.append(f"{response.kind} got {response.status} {str(response.body)[:120]!r}")
        elif response.status == 503 and response.kind.startswith("book"):
            if not (isinstance(response.body, dict) and response.body.get("error", {}).get("message")):
                faults.append(f"{response.kind}: a 503 without a message: {str(response.body)[:120]!r}")
        elif response.status == 503 and response.kind in PAGES and "<h1" not in str(response.body):
            faults.append(f"{response.kind}: a 503 without a page: {str(response.body)[:120]!r}")
        elif response.kind == "/livez" and response.status != 200:
            faults.append(f"/livez reported a live process as dead: {response.status}")
    inside = [record for record in records if outage[0] < record.at - record.response.seconds and record.at < outage[1]]
    responses = [record.response for record in inside if record.response.kind != "/livez"]
    faults += [
        f"{response.kind}: {response.status} without a database" for response in responses if response.status < 500
    ]
    return faults if responses else [*faults, "no request was sent and answered during the outage"]


def recovery_faults(records: list[RecordedResponse], available_at: float) -> list[str]:
    """Return a sentence for each kind of request that does not succeed within RECOVERY.

    `available_at` is the time when the database had started, in epoch seconds.
    """
    faults = []
    for kind in sorted({record.response.kind for record in records}):
        delays = [
            record.at - available_at
            for record in records
            if record.response.kind == kind and record.at > available_at and 200 <= record.response.status < 300
        ]
        if not delays or min(delays) > RECOVERY:
            faults.append(f"{kind} did not recover within {RECOVERY:g} s")
        else:
            print(f"    {kind} succeeds again {min(delays):.2f} s after the start of the database")
    return faults


def booking_faults(bookings: list[RecordedResponse]) -> list[str]:
    """Compare the responses to bookings with the database.

    Returns a sentence for each fault.
    """
    from farm.models import Allocation, Reservation

    stored: dict[int, list[dict[str, int]]] = {}
    rows = Allocation.objects.order_by("machine_id").values("reservation_id", "machine_id", "gpus", "memory_gb")
    for row in rows:
        allocation = {"resource": row["machine_id"], "gpus": row["gpus"], "memory_gb": row["memory_gb"]}
        stored.setdefault(row["reservation_id"], []).append(allocation)
    confirmed = {record.response.body["id"]: record.allocations for record in bookings if record.response.status == 201}
    faults = [
        f"booking {pk} was confirmed, but it is missing or incomplete"
        for pk in confirmed
        if stored.get(pk) != confirmed[pk]
    ]
    extra = set(Reservation.objects.values_list("pk", flat=True)) - set(confirmed)
    # When the database is killed between the commit and the response, the booking exists, but its writer cannot know.
    # Such a booking must be complete, too.
    unconfirmed = [record.allocations for record in bookings if record.response.status in (0, 503)]
    faults += [f"booking {pk} matches no request" for pk in extra if stored.get(pk) not in unconfirmed]
    print(f"{len(confirmed)} confirmed, all complete: {not faults}; {len(extra)} stored without a confirmation")
    return faults


def book_repeatedly(
    url: str, token: str, program_token: str, machine_ids: list[int], begin: float, until: float
) -> list[RecordedResponse]:
    """Book two or three machines again and again, with both APIs in turn.

    Runs in a process of its own. `begin` and `until` are epoch seconds.
    """
    rng, records = random.Random(token), []
    person, service = HttpClient(url, token, timeout=20), HttpClient(url, program_token, timeout=20)
    time.sleep(max(0, begin - time.time()))
    for number in itertools.count():
        if time.time() > until:
            return records
        start = TOMORROW + timedelta(minutes=30 * rng.randrange(2000))
        span = start.isoformat(), (start + timedelta(hours=2)).isoformat()
        allocations = [
            {"resource": pk, "gpus": rng.randint(1, 9), "memory_gb": rng.randint(1, 9)}
            for pk in sorted(rng.sample(machine_ids, rng.choice([2, 3])))
        ]
        if number % 2:
            keys = ("idRessource", "nbGPU", "nbMemoire")
            lines = [dict(zip(keys, allocation.values(), strict=True)) for allocation in allocations]
            body = {"date_debut": span[0], "date_fin": span[1], "nomUtilisateur": "writer-0", "lignes": lines}
            response = service.request("book in French", "POST", "/Reservation", body)
        else:
            body = {"start": span[0], "end": span[1], "lines": allocations}
            response = person.request("book", "POST", "/api/v1/farm/reservations", body)
        records.append(RecordedResponse(time.time(), response, allocations))
        if response.status >= 500:
            time.sleep(0.1)
    return records


def open_pages(url: str, cookie: str, begin: float, until: float) -> list[RecordedResponse]:
    """Open pages as a person, and the health checks without a user, again and again."""
    browser, probe, records = HttpClient(url, timeout=20, Cookie=cookie), HttpClient(url, timeout=20), []
    time.sleep(max(0, begin - time.time()))
    for path in itertools.cycle(PAGES + PROBES):
        if time.time() > until:
            break
        response = (browser if path in PAGES else probe).request(path, "GET", path)
        if isinstance(response.body, dict):
            response = response._replace(body=json.dumps(response.body))
        records.append(RecordedResponse(time.time(), response, []))
        time.sleep(0.02)
    return records


if __name__ == "__main__":
    sys.exit(main())
