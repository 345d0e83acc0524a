#!/usr/bin/env python3
"""32 processes change the farm for 30 s over HTTP, and nothing is ever overbooked.

Run it with `make proof NAME=storm`. It uses MariaDB and the servers of docker-compose.yml (granian, two workers of four
threads). Every process books; adds, changes and removes allocations; moves, extends, shortens, gives back and cancels
bookings; changes capacities; closes and reopens machines or parts of them. The processes use both APIs, three machines
and the same eight hours. Meanwhile and at the end bench/support/capacity_sweep.py checks snapshots of the database.

Then the same runs without the lock (proofs/support/unlocked_wsgi.py) as a control. It must overbook, because otherwise
the first run would prove nothing.
"""

import argparse
import collections
import sys
import time
from datetime import UTC, datetime

from bench.support import instance
from bench.support.capacity_sweep import SweepResult, broken_bookings, sweep
from bench.support.http_calls import Response, by_status, latencies
from kernel.testing import child_processes
from proofs.support.storm_writer import write

START = 5  # seconds until all processes have started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--control-seconds", type=float, default=10)
    options = parser.parse_args()
    with instance.atelier() as atelier:
        print(f"{instance.database_name()}, {options.processes} processes", flush=True)
        right = storm(atelier, "config.wsgi:application", options.processes, options.seconds)
        print("--- the control run: the same without the lock", flush=True)
        overbooked = not storm(
            atelier, "proofs.support.unlocked_wsgi:application", options.processes, options.control_seconds
        )
    print("VERDICT: " + ("never overbooked, " if right else "WRONG, ") + "with the lock; ", end="")
    print("overbooked without it" if overbooked else "NOT overbooked without it: this storm proves nothing")
    return 0 if right and overbooked else 1


def storm(atelier: instance.Atelier, application: str, processes: int, seconds: float) -> bool:
    """Run the writers against this WSGI application, on new machines.

    Returns whether nothing is overbooked, incomplete or failed.
    """
    from django.db import connection

    from farm.domain import machines

    names = [f"{application.partition('.')[0]}-{number}" for number in range(4)]
    machine_ids = [machines.add_machine(actor=None, name=name, gpu_count=8, memory_gb=12).pk for name in names]
    stable_machine = machine_ids.pop()
    program = atelier.bearer("storm", kind="service")
    people = {f"writer-{number}": atelier.bearer(f"writer-{number}") for number in range(processes)}
    connection.close()
    with atelier.production(application) as server, child_processes.pool(len(people)) as pool:
        begin = time.time() + START
        until = begin + seconds
        tasks = [
            (server.url, name, token, program, machine_ids, stable_machine, begin, until)
            for name, token in people.items()
        ]
        writers = pool.starmap_async(write, tasks, chunksize=1)
        sweeps = []
        while not writers.ready():
            sweeps.append(sweep_snapshot(machine_ids, stable_machine))
            writers.wait(0.5)
        responses: list[Response] = [response for group in writers.get() for response in group]
    print_counts(responses, seconds)
    # The words for changed rows in farm/domain/locks.py, and the errors of MariaDB: deadlock, timeout, changed row.
    for words in ("moved on", "1213", "1205", "1020"):
        print(f"retried after '{words}': {server.count_log_lines('farm.write_again', words)}; ", end="")
    print(f"refused as busy: {server.count_log_lines('farm.busy')}")
    sweeps.append(sweep_snapshot(machine_ids, stable_machine))
    broken = broken_bookings(connection)
    overbookings = [overbooking for result in sweeps for overbooking in result.overbookings]
    print(f"checked {len(sweeps)} snapshots, {sum(result.instants for result in sweeps)} times: ", end="")
    print(f"{len(overbookings)} overbooked; {len(broken)} bookings incomplete")
    for overbooking in overbookings[:3]:
        amounts = f"{overbooking.held} held of {overbooking.capacity}"
        print(f"    machine {overbooking.machine} at {overbooking.at:%H:%M}: {amounts}")
    failed = [response for response in responses if response.status in (0, 500)]
    failures = (f"{response.kind}: {response.status} {str(response.body)[:200]}" for response in failed[:3])
    for sentence in [*broken[:3], *failures]:
        print(f"    {sentence}")
    free_machines([*machine_ids, stable_machine])
    return not (overbookings or broken or failed)


def sweep_snapshot(machine_ids: list[int], stable_machine: int) -> SweepResult:
    """Check one snapshot of the database.

    The capacity of the machines in `machine_ids` changes, so only their future is checked. `stable_machine` never
    changes, so all its times are checked.
    """
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    with transaction.atomic():
        future = sweep(connection, datetime.now(UTC), machine_ids)
        stable = sweep(connection, None, [stable_machine])
    return SweepResult(
        future.instants + stable.instants,
        future.allocations + stable.allocations,
        future.overbookings + stable.overbookings,
    )


def print_counts(responses: list[Response], seconds: float) -> None:
    """Print how often each request got each status, and the response times."""
    kinds = collections.defaultdict(list)
    for response in responses:
        kinds[response.kind].append(response)
    for kind, group in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"    {kind:18} {len(group):6}   {by_status(group)}")
    refused = sum(response.status == 409 for response in responses)
    print(f"{len(responses)} requests, {len(responses) / seconds:.0f}/s: {by_status(responses)}; {refused} refused")
    print(latencies(responses))


def free_machines(used: list[int]) -> None:
    """Free these machines, so that the next run is checked without the bookings of this one."""
    from farm.models import Allocation, Closure

    Allocation.objects.filter(machine__in=used).update(held=False)
    Closure.objects.filter(machine__in=used).delete()


if __name__ == "__main__":
    sys.exit(main())
