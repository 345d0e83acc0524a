#!/usr/bin/env python3
"""32 processes change the farm for 30 s, over HTTP, in every way there is: `make proof NAME=storm`.

On MariaDB, with the servers of docker-compose.yml (granian, two workers of four threads). Every process books, adds,
changes and takes lines, moves, extends, shortens, gives back, cancels, lowers and raises capacities, closes machines or
parts of them and opens them again, through both APIs, on three machines in the same eight hours. Meanwhile and at the
end bench/support/capacity_sweep.py looks at every instant of a snapshot. Afterwards the same storm without the lock
(proofs/support/unlocked_wsgi.py), which must overbook: else the proof would prove nothing.
"""

import argparse
import collections
import multiprocessing
import sys
import time
from datetime import UTC, datetime

from bench.support import instance
from bench.support.capacity_sweep import Found, broken_bookings, sweep
from bench.support.http_calls import Answer, by_status, times
from proofs.support.storm_writer import write

SPAWN = multiprocessing.get_context("spawn")
START = 5  # seconds for all the processes to be there


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--control-seconds", type=float, default=10)
    options = parser.parse_args()
    with instance.atelier() as here:
        print(f"{instance.database_name()}, {options.processes} processes", flush=True)
        right = storm(here, "config.wsgi:application", options.processes, options.seconds)
        print("--- the control: the same without the lock", flush=True)
        overbooked = not storm(
            here, "proofs.support.unlocked_wsgi:application", options.processes, options.control_seconds
        )
    print("VERDICT: " + ("never overbooked, " if right else "WRONG, ") + "with the lock; ", end="")
    print("overbooked without it" if overbooked else "NOT overbooked without it: this storm proves nothing")
    return 0 if right and overbooked else 1


def storm(here: instance.Atelier, application: str, processes: int, seconds: float) -> bool:
    """One storm on machines of its own; whether nothing was wrong after it."""
    from django.db import connection

    from farm.domain import machines

    names = [f"{application.partition('.')[0]}-{number}" for number in range(4)]
    hot = [machines.add_machine(actor=None, name=name, gpu_count=8, memory_gb=12).pk for name in names]
    steady = hot.pop()
    program = here.bearer("storm", kind="service")
    people = {f"writer-{number}": here.bearer(f"writer-{number}") for number in range(processes)}
    connection.close()
    with here.production(application) as server, SPAWN.Pool(len(people)) as pool:
        begin = time.time() + START
        until = begin + seconds
        tasks = [(server.url, name, token, program, hot, steady, begin, until) for name, token in people.items()]
        writers = pool.starmap_async(write, tasks, chunksize=1)
        looks = []
        while not writers.ready():
            looks.append(look(hot, steady))
            writers.wait(0.5)
        answers: list[Answer] = [answer for found in writers.get() for answer in found]
    tell(answers, seconds)
    for words in ("moved on", "1213", "1205", "1020"):
        print(f"written again for {words}: {server.said('farm.write_again', words)}; ", end="")
    print(f"given up as busy: {server.said('farm.busy')}")
    looks.append(look(hot, steady))
    broken = broken_bookings(connection)
    excesses = [excess for found in looks for excess in found.excesses]
    print(f"swept {len(looks)} times, {sum(found.instants for found in looks)} instants: ", end="")
    print(f"{len(excesses)} overbooked; {len(broken)} bookings not whole")
    for one in excesses[:3]:
        print(f"    machine {one.machine} at {one.at:%H:%M}: {one.held} held of {one.there}")
    failed = [answer for answer in answers if answer.status in (0, 500)]
    for sentence in [*broken[:3], *(f"{one.kind}: {one.status} {str(one.body)[:200]}" for one in failed[:3])]:
        print(f"    {sentence}")
    clear_away([*hot, steady])
    return not (excesses or broken or failed)


def look(hot: list[int], steady: int) -> Found:
    """One snapshot: what is ahead on the machines that change, and all of the one that does not."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    with transaction.atomic():
        ahead = sweep(connection, datetime.now(UTC), hot)
        always = sweep(connection, None, [steady])
    return Found(ahead.instants + always.instants, ahead.lines + always.lines, ahead.excesses + always.excesses)


def tell(answers: list[Answer], seconds: float) -> None:
    kinds = collections.defaultdict(list)
    for answer in answers:
        kinds[answer.kind].append(answer)
    for kind, group in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"    {kind:18} {len(group):6}   {by_status(group)}")
    refused = sum(answer.status == 409 for answer in answers)
    print(f"{len(answers)} requests, {len(answers) / seconds:.0f}/s: {by_status(answers)}; {refused} refused for good")
    print(times(answers))


def clear_away(used: list[int]) -> None:
    """So that the next storm is judged by itself."""
    from farm.models import Allocation, Closure

    Allocation.objects.filter(machine__in=used).update(held=False)
    Closure.objects.filter(machine__in=used).delete()


if __name__ == "__main__":
    sys.exit(main())
