#!/usr/bin/env python3
"""One booking decision in process: 32 writers book the same machine.

It is compared with the same SQL, sent through the database driver alone. Every writer is a process with its own
connection. Atelier calls `booking.book`: it validates, locks, checks the free capacity, inserts the rows, writes the
audit log and notifies. The lock loop sends the same statements with mysqlclient: it locks the holder and the machine,
reads the allocations and closures, adds them up, inserts the booking, the allocation, the audit event and the change
notifications, and commits.

The shortest loop leaves out the holder, the closures, the audit event and the notifications. It has no bar; it shows
the limit. All writers request the same: one or two hours within two years, 1 to 4 of 8 GPUs. At the end
bench/support/capacity_sweep.py checks for overbookings, and every booking that was accepted must be in the database.
"""

import argparse
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.support import figures, instance
from bench.support.capacity_sweep import sweep
from bench.support.figures import Figure
from bench.support.http_calls import percentile
from kernel.testing import child_processes

ORIGIN = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)


def measure(atelier: instance.Atelier) -> list[Figure]:
    from django.db import connection

    options = arguments()
    ours, driver, shortest = (run(atelier, kind, options) for kind in (book, lock_loop, shortest_loop))
    overbookings = sweep(connection).overbookings
    rate, driver_rate, shortest_rate = (len(runs.times) / options.seconds for runs in (ours, driver, shortest))
    p50, p99 = (percentile(ours.times, share) * 1000 for share in (0.5, 0.99))
    lost = ours.lost + driver.lost + shortest.lost
    driver_p99 = percentile(driver.times, 0.99) * 1000
    return [
        Figure(
            f"booking decision, {options.writers} writers on one machine",
            f"{rate:.0f}/s, p50 {p50:.0f} ms",
            f"the same lock loop through the bare driver: {driver_rate:.0f}/s",
            f"{rate / driver_rate:.2f}x",
            ">= 0.35x",
            rate / driver_rate >= 0.35,
        ),
        Figure(
            "the same, beside the shortest loop that is right",
            f"{rate:.0f}/s",
            f"{shortest_rate:.0f}/s",
            f"{rate / shortest_rate:.2f}x",
            "-",
            True,
        ),
        Figure(
            "the same, slowest of a hundred",
            f"p99 {p99:.0f} ms",
            f"p99 {driver_p99:.0f} ms",
            f"{p99 / driver_p99:.1f}x",
            "<= 4x",
            p99 <= 4 * driver_p99,
        ),
        Figure(
            "overbooked, lost",
            f"{len(overbookings)} overbooked, {lost} lost",
            f"{ours.accepted} booked, {len(ours.times) - ours.accepted} refused",
            "-",
            "0, 0",
            not overbookings and not lost,
        ),
    ]


class Run:
    """The decisions of all writers.

    `times` has the seconds of each; `lost` were accepted but have no row.
    """

    def __init__(self, times: list[float], accepted: int, rows: int) -> None:
        self.times, self.accepted, self.lost = times, accepted, accepted - rows


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=8)
    return parser.parse_args()


def run(atelier: instance.Atelier, kind: Any, options: argparse.Namespace) -> Run:
    """Run all writers on a new machine. `kind` is `book`, `lock_loop` or `shortest_loop`."""
    from django.db import connection

    from farm.domain import machines
    from farm.models import Allocation

    machine = machines.add_machine(actor=None, name=kind.__name__, gpu_count=8, memory_gb=64).pk
    people = [atelier.person(f"writer-{number}").pk for number in range(options.writers)]
    connection.close()
    tasks = [(kind, atelier.variables, person, machine, options.seconds) for person in people]
    with child_processes.pool(options.writers, _set_barrier, child_processes.SPAWN.Barrier(options.writers)) as pool:
        results = pool.starmap(write, tasks, chunksize=1)
    all_times = [seconds for times, _ in results for seconds in times]
    return Run(all_times, sum(accepted for _, accepted in results), Allocation.objects.filter(machine=machine).count())


def _set_barrier(barrier: Any) -> None:
    """Keep the barrier at which all writers of the pool wait for each other."""
    global start_barrier
    start_barrier = barrier


def write(kind: Any, variables: dict[str, str], person: int, machine: int, seconds: float) -> Any:
    """Make decisions in one process for `seconds`, starting together with the other writers.

    `person` and `machine` are ids. Returns the seconds of each decision, and how many bookings were accepted.
    """
    with instance.atelier(instance.Path(variables["ATELIER_HOME"]), prepare=False):
        rng, times, accepted = random.Random(person), [], 0
        decide = kind(person, machine)
        start_barrier.wait(120)
        until = time.time() + seconds
        while (began := time.time()) < until:
            start = ORIGIN + timedelta(hours=rng.randrange(24 * 730))
            accepted += decide(start, start + timedelta(hours=rng.randint(1, 2)), rng.randint(1, 4))
            times.append(time.time() - began)
        return times, accepted


def book(person: int, machine: int) -> Any:
    """Return a function that books with Atelier's command.

    It returns whether the booking was accepted.
    """
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


def lock_loop(person: int, machine: int) -> Any:
    """Return a function that sends the statements of Atelier's command with mysqlclient alone."""
    return _plain_loop(person, machine, complete=True)


def shortest_loop(person: int, machine: int) -> Any:
    """Return a function that sends the fewest statements that cannot overbook."""
    return _plain_loop(person, machine, complete=False)


def _plain_loop(person: int, machine: int, *, complete: bool) -> Any:
    """Return a function that books with mysqlclient. `complete` sends all statements."""
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
        if complete:
            cursor.execute("SELECT id FROM farm_holder WHERE id = %s FOR UPDATE", [holder])
        cursor.execute("SELECT gpu_count FROM farm_resource WHERE id = %s FOR UPDATE", [machine])
        (capacity,) = cursor.fetchone()
        cursor.execute(ALLOCATIONS, [machine, begin, finish + timedelta(days=100), finish])
        rows = list(cursor.fetchall())
        if complete:
            cursor.execute(CLOSURES, [machine, begin, finish])
            rows += cursor.fetchall()
        peak = max(
            sum(held for since, until, held in rows if since <= at < until) for at in [begin, *(row[0] for row in rows)]
        )
        if peak + gpus > capacity:
            driver.rollback()
            return False
        cursor.execute(RESERVATION, [person, begin, finish, begin])
        booking = cursor.lastrowid
        cursor.execute(ALLOCATION, [booking, machine, gpus, gpus, begin, finish])
        if complete:
            cursor.execute(AUDIT_EVENT, [begin, person, f"reservation:{booking}"])
            cursor.execute("INSERT INTO live_change (topic, at) VALUES ('farm', %s), ('person:1', %s)", [begin, begin])
        driver.commit()
        return True

    return decide


ALLOCATIONS = (
    "SELECT start, end, gpus FROM farm_allocation WHERE resource_id = %s AND held AND end > %s AND end <= %s "
    "AND start < %s"
)
CLOSURES = "SELECT start, end, gpus FROM farm_closure WHERE resource_id = %s AND end > %s AND start < %s"
RESERVATION = (
    "INSERT INTO farm_reservation (owner_id, purpose, start, end, state, created_at, version) "
    "VALUES (%s, '', %s, %s, 'confirmed', %s, 1)"
)
ALLOCATION = (
    "INSERT INTO farm_allocation (reservation_id, resource_id, gpus, memory_gb, start, end, held) "
    "VALUES (%s, %s, %s, %s, %s, %s, 1)"
)
AUDIT_EVENT = (
    "INSERT INTO accounts_auditevent (at, actor_id, actor_name, verb, subject, `before`, after, reason) "
    "VALUES (%s, %s, 'writer', 'farm.book', %s, '{}', '{}', '')"
)


if __name__ == "__main__":
    sys.exit(figures.main(measure))
