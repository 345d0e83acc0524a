#!/usr/bin/env python3
"""32 processes change the farm for 30 s, over HTTP, in every way there is: `make proof-storm`.

On MariaDB, with the servers of docker-compose.yml (granian, two workers of four threads). 31 processes book, add,
change and take lines, move, extend, shorten, give back, cancel, lower and raise capacities through both APIs, all on
three machines in the same eight hours; one closes and opens parts of those machines with the verbs that the
administration calls. Meanwhile and at the end bench/sweep.py looks at every instant of a snapshot. Afterwards the same
storm without the lock (bench/careless_wsgi.py), which must overbook: else the proof would prove nothing.
"""

import argparse
import collections
import multiprocessing
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import place
from calls import Answer, by_status, times
from storm_writer import SLOTS, TOMORROW, write
from sweep import Found, broken_bookings, sweep

SPAWN = multiprocessing.get_context("spawn")
START = 5  # seconds for all the processes to be there


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--control-seconds", type=float, default=10)
    options = parser.parse_args()
    with place.atelier() as here:
        print(f"{place.database_name()}, {options.processes} processes", flush=True)
        right = storm(here, "config.wsgi:application", options.processes, options.seconds)
        print("--- the control: the same without the lock", flush=True)
        overbooked = not storm(here, "bench.careless_wsgi:application", options.processes, options.control_seconds)
    print("VERDICT: " + ("never overbooked, " if right else "WRONG, ") + "with the lock; ", end="")
    print("overbooked without it" if overbooked else "NOT overbooked without it: this storm proves nothing")
    return 0 if right and overbooked else 1


def storm(here: place.Atelier, application: str, processes: int, seconds: float) -> bool:
    """One storm on machines of its own; whether nothing was wrong after it."""
    from django.db import connection

    from farm import machines

    names = [f"{application.partition('.')[0]}-{number}" for number in range(4)]
    hot = [machines.add_resource(actor=None, name=name, gpu_count=8, memory_gb=12).pk for name in names]
    steady = hot.pop()
    program = here.bearer("storm", kind="service")
    people = {f"writer-{number}": here.bearer(f"writer-{number}") for number in range(processes - 1)}
    connection.close()
    with here.production(application) as server, SPAWN.Pool(len(people) + 1) as pool:
        begin = time.time() + START
        until = begin + seconds
        desk = pool.apply_async(close_and_open, (here.variables, hot, begin, until))
        tasks = [(server.url, name, token, program, hot, steady, begin, until) for name, token in people.items()]
        writers = pool.starmap_async(write, tasks, chunksize=1)
        looks = []
        while not writers.ready():
            looks.append(look(hot, steady))
            writers.wait(0.5)
        answers: list[Answer] = [answer for found in writers.get() for answer in found]
        desk_did = desk.get()
    tell(answers, seconds)
    print("the desk: " + ", ".join(f"{count} x {word}" for word, count in sorted(desk_did.items())))
    for words in ("moved on", "1213", "1205", "1020"):
        print(f"written again for {words}: {server.said('farm.write_again', words)}; ", end="")
    print(f"given up as busy: {server.said('farm.busy')}")
    looks.append(look(hot, steady))
    broken = broken_bookings(connection)
    excesses = [excess for found in looks for excess in found.excesses]
    print(f"swept {len(looks)} times, {sum(found.instants for found in looks)} instants: ", end="")
    print(f"{len(excesses)} overbooked; {len(broken)} bookings not whole")
    for one in excesses[:3]:
        print(f"    machine {one.resource} at {one.at:%H:%M}: {one.held} held of {one.there}")
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


def close_and_open(variables: dict[str, str], hot: list[int], begin: float, until: float) -> dict[str, int]:
    """The desk: a process that closes a part of a machine, and opens it again."""
    with place.atelier(place.Path(variables["ATELIER_HOME"]), prepare=False):
        from farm import machines
        from farm.models import Closure
        from kernel.errors import Refused

        done: collections.Counter[str] = collections.Counter()
        time.sleep(max(0, begin - time.time()))
        while time.time() < until:
            start = TOMORROW + timedelta(minutes=30 * random.randrange(SLOTS))
            span = {"start": start, "end": start + timedelta(minutes=60)}
            part: dict[str, Any] = random.choice([{}, {"gpus": 3, "memory_gb": 4}])
            try:
                confirm = random.random() < 0.5
                machines.close(actor=None, resource_id=random.choice(hot), confirm=confirm, **span, **part)
                done["closed"] += 1
            except Refused as refusal:
                done[refusal.code] += 1
            if open_ones := list(Closure.objects.filter(resource__in=hot).values_list("pk", flat=True)):
                machines.reopen(actor=None, closure_id=random.choice(open_ones))
                done["reopened"] += 1
            time.sleep(0.1)
    return done


def clear_away(used: list[int]) -> None:
    """So that the next storm is judged by itself."""
    from farm.models import Allocation, Closure

    Allocation.objects.filter(resource__in=used).update(held=False)
    Closure.objects.filter(resource__in=used).delete()


if __name__ == "__main__":
    sys.exit(main())
