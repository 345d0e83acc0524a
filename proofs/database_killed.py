#!/usr/bin/env python3
"""kill -9 of the database in the middle of bookings: `make proof NAME=database-killed`.

16 processes book two or three machines at a time over HTTP on a durable MariaDB behind the production servers, and one
opens pages and asks for health, while the database is killed and started again on the same data. What they were told
is compared with what is there: every 201 is there whole, no booking is half there, nothing is overbooked; during the
outage every answer was a clear 503, and afterwards the servers recovered by themselves.
"""

import argparse
import itertools
import json
import multiprocessing
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from bench.support import instance
from bench.support.capacity_sweep import broken_bookings, sweep
from bench.support.http_calls import Answer, Caller, by_status, times
from scripts.services import servers

SPAWN = multiprocessing.get_context("spawn")
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
PAGES = ["/farm/", "/farm/bookings/", "/farm/book/"]  # of a person who is signed in
PROBES = ["/readyz", "/livez"]
RECOVERY = 5.0  # seconds after the database is back


class Told(NamedTuple):
    at: float
    answer: Answer
    lines: list[dict[str, int]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--before", type=float, default=6, help="seconds of booking until the kill")
    parser.add_argument("--away", type=float, default=4, help="seconds until it is started again")
    parser.add_argument("--after", type=float, default=10, help="seconds of booking after it")
    options = parser.parse_args()
    with servers(durable=True) as (database, variables), instance.atelier(**variables) as here:
        print(f"{instance.database_name()}, durable; {options.processes} processes", flush=True)
        faults = prove(here, database, options)
    for fault in faults[:12]:
        print(f"    {fault}")
    print(f"VERDICT: {'nothing lost, nothing half' if not faults else f'WRONG ({len(faults)} faults)'}")
    return 1 if faults else 0


def prove(here: instance.Atelier, database: Any, options: argparse.Namespace) -> list[str]:
    from django.db import connection

    from farm.domain import machines

    hot = [machines.add_machine(actor=None, name=f"m{n}", gpu_count=64, memory_gb=256).pk for n in range(4)]
    tokens = [here.bearer(f"writer-{number}") for number in range(options.processes)]
    program, cookie = here.bearer("program", kind="service"), here.cookie("writer-0")
    connection.close()
    with here.production() as server, SPAWN.Pool(len(tokens) + 1) as pool:
        begin = time.time() + 3
        until = begin + options.before + options.away + options.after
        tasks = [(server.url, token, program, hot, begin, until) for token in tokens]
        writers = pool.starmap_async(book, tasks, chunksize=1)
        reader = pool.apply_async(read, (server.url, cookie, begin, until))
        time.sleep(max(0, begin + options.before - time.time()))
        database.kill()
        killed = time.time()
        time.sleep(options.away)
        started = time.time()
        database.start()
        back = time.time()
        told = [one for found in writers.get() for one in found]
        seen = reader.get()
    print(f"away for {back - killed:.1f} s, of which {back - started:.1f} s to start and recover")
    connection.close()
    outage = (killed, back)
    for name, answers in (("bookings", told), ("pages and health", seen)):
        phases = [[], [], []]
        for one in answers:
            phases[sum(one.at >= moment for moment in outage)].append(one.answer)
        for phase, group in zip(("before", "meanwhile", "after"), phases, strict=True):
            print(f"    {name}, {phase:9} {len(group):5}: {by_status(group)}; {times(group)}")
    faults = [*during(told, seen, (killed, started)), *recovered(told, seen, back), *compare(told)]
    found = sweep(connection)
    print(f"swept {found.instants} instants of {found.lines} lines: {len(found.excesses)} overbooked")
    return [*faults, *broken_bookings(connection), *(f"overbooked: {one}" for one in found.excesses)]


def during(told: list[Told], seen: list[Told], outage: tuple[float, float]) -> list[str]:
    """What was answered while the database was away must be a 503 that says so, and when to come back."""
    faults = []
    for one in [*told, *seen]:
        answer = one.answer
        if answer.status in (0, 500):
            faults.append(f"{answer.kind} was answered {answer.status} {str(answer.body)[:120]!r}")
        elif answer.status == 503 and answer.kind.startswith("book"):
            if not (isinstance(answer.body, dict) and answer.body.get("error", {}).get("message")):
                faults.append(f"{answer.kind}: a 503 that says nothing: {str(answer.body)[:120]!r}")
        elif answer.status == 503 and answer.kind in PAGES and "<h1" not in str(answer.body):
            faults.append(f"{answer.kind}: a 503 that is no page: {str(answer.body)[:120]!r}")
        elif answer.kind == "/livez" and answer.status != 200:
            faults.append(f"the process was said to be dead: {answer.status}")
    quiet = [one for one in [*told, *seen] if outage[0] < one.at - one.answer.seconds and one.at < outage[1]]
    asked = [one.answer for one in quiet if one.answer.kind != "/livez"]
    faults += [f"{one.kind}: {one.status} while there was no database" for one in asked if one.status < 500]
    return faults if asked else [*faults, "nobody asked anything during the outage"]


def recovered(told: list[Told], seen: list[Told], back: float) -> list[str]:
    """Everything asked for answers again soon after the database is back."""
    faults = []
    for kind in sorted({one.answer.kind for one in [*told, *seen]}):
        good = [
            one.at - back
            for one in [*told, *seen]
            if one.answer.kind == kind and one.at > back and 200 <= one.answer.status < 300
        ]
        if not good or min(good) > RECOVERY:
            faults.append(f"{kind} did not recover within {RECOVERY:g} s")
        else:
            print(f"    {kind} answers again {min(good):.2f} s after the database does")
    return faults


def compare(told: list[Told]) -> list[str]:
    """What was said against what is there."""
    from farm.models import Allocation, Reservation

    there: dict[int, list[dict[str, int]]] = {}
    rows = Allocation.objects.order_by("machine_id").values("reservation_id", "machine_id", "gpus", "memory_gb")
    for row in rows:
        line = {"resource": row["machine_id"], "gpus": row["gpus"], "memory_gb": row["memory_gb"]}
        there.setdefault(row["reservation_id"], []).append(line)
    promised = {one.answer.body["id"]: one.lines for one in told if one.answer.status == 201}
    faults = [f"booking {pk} was promised and is not there whole" for pk in promised if there.get(pk) != promised[pk]]
    extra = set(Reservation.objects.values_list("pk", flat=True)) - set(promised)
    # Written, and killed before the answer: the one thing that cannot be told. They must be whole all the same.
    asked = [one.lines for one in told if one.answer.status in (0, 503)]
    faults += [f"booking {pk} is not what anybody asked for" for pk in extra if there.get(pk) not in asked]
    print(f"{len(promised)} promised, all there: {not faults}; {len(extra)} written whose answer was lost")
    return faults


def book(url: str, token: str, program: str, hot: list[int], begin: float, until: float) -> list[Told]:
    """A writer: bookings of two or three machines, in both APIs' words."""
    chance, found = random.Random(token), []
    person, service = Caller(url, token, timeout=20), Caller(url, program, timeout=20)
    time.sleep(max(0, begin - time.time()))
    for number in itertools.count():
        if time.time() > until:
            return found
        start = TOMORROW + timedelta(minutes=30 * chance.randrange(2000))
        span = start.isoformat(), (start + timedelta(hours=2)).isoformat()
        lines = [
            {"resource": pk, "gpus": chance.randint(1, 9), "memory_gb": chance.randint(1, 9)}
            for pk in sorted(chance.sample(hot, chance.choice([2, 3])))
        ]
        if number % 2:
            words = [dict(zip(("idRessource", "nbGPU", "nbMemoire"), line.values(), strict=True)) for line in lines]
            body = {"date_debut": span[0], "date_fin": span[1], "nomUtilisateur": "writer-0", "lignes": words}
            answer = service.ask("book in French", "POST", "/Reservation", body)
        else:
            body = {"start": span[0], "end": span[1], "lines": lines}
            answer = person.ask("book", "POST", "/api/v1/farm/reservations", body)
        found.append(Told(time.time(), answer, lines))
        if answer.status >= 500:
            time.sleep(0.1)
    return found


def read(url: str, cookie: str, begin: float, until: float) -> list[Told]:
    """A person who opens pages, and a probe that asks for health."""
    browser, probe, found = Caller(url, timeout=20, Cookie=cookie), Caller(url, timeout=20), []
    time.sleep(max(0, begin - time.time()))
    for path in itertools.cycle(PAGES + PROBES):
        if time.time() > until:
            break
        answer = (browser if path in PAGES else probe).ask(path, "GET", path)
        if isinstance(answer.body, dict):
            answer = answer._replace(body=json.dumps(answer.body))
        found.append(Told(time.time(), answer, []))
        time.sleep(0.02)
    return found


if __name__ == "__main__":
    sys.exit(main())
