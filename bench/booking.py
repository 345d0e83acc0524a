#!/usr/bin/env python3
"""One booking decision in process: 32 writers on one hot machine, beside the same statements through the bare driver.

Every writer is a process with a connection of its own. Ours calls `booking.book`: rules, lock, sweep, rows, trail,
hint. The lock loop sends with mysqlclient what that sends: lock holder and machine, read what is taken and closed, add
it up, insert booking, line, trail and hints, commit. The shortest one leaves out all that a booking could do without
(holder, closures, trail, hints): no bar, but the limit. All ask the same: one or two hours somewhere in two years, 1 to
4 of 8 GPUs. Afterwards bench/support/capacity_sweep.py looks whether anything is overbooked, and every yes is counted.
"""

import argparse
import multiprocessing
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.support import figures, instance
from bench.support.capacity_sweep import sweep
from bench.support.figures import Figure
from bench.support.http_calls import percentile

SPAWN = multiprocessing.get_context("spawn")
ORIGIN = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)


def measure(here: instance.Atelier) -> list[Figure]:
    from django.db import connection

    options = arguments()
    ours, bare, least = (run(here, kind, options) for kind in (book, loop, shortest))
    excesses = sweep(connection).excesses
    rate, limit, most = (len(one.times) / options.seconds for one in (ours, bare, least))
    p50, p99 = (percentile(ours.times, share) * 1000 for share in (0.5, 0.99))
    lost = ours.lost + bare.lost + least.lost
    bare_p99 = percentile(bare.times, 0.99) * 1000
    return [
        Figure(
            f"booking decision, {options.writers} writers on one machine",
            f"{rate:.0f}/s, p50 {p50:.0f} ms",
            f"the same lock loop through the bare driver: {limit:.0f}/s",
            f"{rate / limit:.2f}x",
            ">= 0.35x",
            rate / limit >= 0.35,
        ),
        Figure(
            "the same, beside the shortest loop that is right",
            f"{rate:.0f}/s",
            f"{most:.0f}/s",
            f"{rate / most:.2f}x",
            "-",
            True,
        ),
        Figure(
            "the same, slowest of a hundred",
            f"p99 {p99:.0f} ms",
            f"p99 {bare_p99:.0f} ms",
            f"{p99 / bare_p99:.1f}x",
            "<= 150 ms",
            p99 <= 150,
        ),
        Figure(
            "overbooked, lost",
            f"{len(excesses)} overbooked, {lost} lost",
            f"{ours.yes} booked, {len(ours.times) - ours.yes} refused",
            "-",
            "0, 0",
            not excesses and not lost,
        ),
    ]


class Run:
    def __init__(self, times: list[float], yes: int, there: int) -> None:
        self.times, self.yes, self.lost = times, yes, yes - there


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=8)
    return parser.parse_args()


def run(here: instance.Atelier, kind: Any, options: argparse.Namespace) -> Run:
    from django.db import connection

    from farm.domain import machines
    from farm.models import Allocation

    machine = machines.add_machine(actor=None, name=kind.__name__, gpu_count=8, memory_gb=64).pk
    people = [here.person(f"writer-{number}").pk for number in range(options.writers)]
    connection.close()
    tasks = [(kind, here.variables, person, machine, options.seconds) for person in people]
    with SPAWN.Pool(options.writers, _meet_at, [SPAWN.Barrier(options.writers)]) as pool:
        found = pool.starmap(write, tasks, chunksize=1)
    times = [seconds for taken, _ in found for seconds in taken]
    return Run(times, sum(yes for _, yes in found), Allocation.objects.filter(machine=machine).count())


def _meet_at(barrier: Any) -> None:
    global together
    together = barrier


def write(kind: Any, variables: dict[str, str], person: int, machine: int, seconds: float) -> Any:
    """A writer's process, which begins with the others: how long each decision took, and how many were a yes."""
    with instance.atelier(instance.Path(variables["ATELIER_HOME"]), prepare=False):
        chance, times, yes = random.Random(person), [], 0
        decide = kind(person, machine)
        together.wait(120)
        until = time.time() + seconds
        while (began := time.time()) < until:
            start = ORIGIN + timedelta(hours=chance.randrange(24 * 730))
            yes += decide(start, start + timedelta(hours=chance.randint(1, 2)), chance.randint(1, 4))
            times.append(time.time() - began)
        return times, yes


def book(person: int, machine: int) -> Any:
    from accounts.models import User
    from farm.domain import booking
    from farm.domain.no_capacity import NoCapacity
    from farm.rules.limits import RequestedAllocation

    owner = User.objects.get(pk=person)

    def decide(start: datetime, end: datetime, gpus: int) -> bool:
        try:
            booking.book(
                actor=owner, owner=owner, start=start, end=end, allocations=[RequestedAllocation(machine, gpus, gpus)]
            )
        except NoCapacity:
            return False
        return True

    return decide


def loop(person: int, machine: int) -> Any:
    return _by_hand(person, machine, whole=True)


def shortest(person: int, machine: int) -> Any:
    return _by_hand(person, machine, whole=False)


def _by_hand(person: int, machine: int, *, whole: bool) -> Any:
    """A decision through mysqlclient alone."""
    import MySQLdb
    from django.db import connection

    from farm.models import Holder

    holder = Holder.objects.get_or_create(user_id=person)[0].pk
    settings = {key: value for key, value in connection.get_connection_params().items() if key != "conv"}
    connection.close()
    driver = MySQLdb.connect(**settings)
    driver.autocommit(False)
    cursor = driver.cursor()
    cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")

    def decide(start: datetime, end: datetime, gpus: int) -> bool:
        begin, finish = start.replace(tzinfo=None), end.replace(tzinfo=None)
        if whole:
            cursor.execute("SELECT id FROM farm_holder WHERE id = %s FOR UPDATE", [holder])
        cursor.execute("SELECT gpu_count FROM farm_resource WHERE id = %s FOR UPDATE", [machine])
        (capacity,) = cursor.fetchone()
        cursor.execute(TAKEN, [machine, begin, finish + timedelta(days=100), finish])
        rows = list(cursor.fetchall())
        if whole:
            cursor.execute(CLOSED, [machine, begin, finish])
            rows += cursor.fetchall()
        peak = max(sum(g for s, e, g in rows if s <= at < e) for at in [begin, *(row[0] for row in rows)])
        if peak + gpus > capacity:
            driver.rollback()
            return False
        cursor.execute(BOOKING, [person, begin, finish, begin])
        booking = cursor.lastrowid
        cursor.execute(LINE, [booking, machine, gpus, gpus, begin, finish])
        if whole:
            cursor.execute(TRAIL, [begin, person, f"reservation:{booking}"])
            cursor.execute("INSERT INTO live_change (topic, at) VALUES ('farm', %s), ('person:1', %s)", [begin, begin])
        driver.commit()
        return True

    return decide


TAKEN = (
    "SELECT start, end, gpus FROM farm_allocation WHERE resource_id = %s AND held AND end > %s AND end <= %s "
    "AND start < %s"
)
CLOSED = "SELECT start, end, gpus FROM farm_closure WHERE resource_id = %s AND end > %s AND start < %s"
BOOKING = (
    "INSERT INTO farm_reservation (owner_id, purpose, start, end, state, created_at, version) "
    "VALUES (%s, '', %s, %s, 'confirmed', %s, 1)"
)
LINE = (
    "INSERT INTO farm_allocation (reservation_id, resource_id, gpus, memory_gb, start, end, held) "
    "VALUES (%s, %s, %s, %s, %s, %s, 1)"
)
TRAIL = (
    "INSERT INTO accounts_auditevent (at, actor_id, actor_name, verb, subject, `before`, after, reason) "
    "VALUES (%s, %s, 'writer', 'farm.book', %s, '{}', '{}', '')"
)


if __name__ == "__main__":
    sys.exit(figures.main(measure))
