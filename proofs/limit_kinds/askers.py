"""8 people ask at once for all GPUs of any machine with a tag, and the farm has 8 such machines: everybody gets one."""

import collections
import time
from datetime import timedelta
from uuid import uuid4

from bench.support.http_calls import percentile
from proofs.support.raw_http import Answer
from proofs.support.served_school import Outcome, ServedSchool

ASKERS, GPUS = 8, 4


def storm(school: ServedSchool, rounds: int) -> Outcome:
    from kernel.testing.threads import run_at_once

    people = [f"asker-{number}" for number in range(ASKERS)]
    browsers = []
    for name in people:
        school.atelier.person(name, kind="student", language="en")
        browsers.append(school.browser(name))
    statuses: collections.Counter[int] = collections.Counter()
    seconds: list[float] = []
    faults, machines = [], 0
    for number in range(rounds):
        machine_ids, fields = _machines_and_form(number)

        def book(asker: int, fields: dict[str, object] = fields) -> Answer:
            began = time.monotonic()
            answer = browsers[asker].send("POST", "/farm/book/", form=fields | {"key": uuid4().hex})
            seconds.append(time.monotonic() - began)
            return answer

        answers = run_at_once(book, ASKERS)
        statuses.update(answer.status for answer in answers)
        given, wrong = _check(machine_ids, people)
        machines += given
        faults += [f"round {number + 1}: {sentence}" for sentence in wrong]
    total = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    figures = (
        f"{rounds} rounds of {ASKERS} people who ask at once for any of {ASKERS} machines with a tag: {total}; "
        f"{machines} of {rounds * ASKERS} machines given, none twice; p50 {percentile(seconds, 0.5):.2f} s, "
        f"max {max(seconds):.2f} s; every time of every machine checked"
    )
    return Outcome(figures, faults)


def _machines_and_form(number: int) -> tuple[list[int], dict[str, object]]:
    """Add 8 machines with a tag of this round. Returns their ids, and the form that asks for one of them."""
    from django.utils import timezone

    from farm.domain import machines

    tag = f"round-{number}"
    names = [f"{tag}-{machine}" for machine in range(ASKERS)]
    added = [machines.add_machine(actor=None, name=name, gpu_count=GPUS, memory_gb=64, tags=[tag]) for name in names]
    start = (timezone.localtime() + timedelta(days=2 + number)).replace(hour=10, minute=0)
    span = {name: f"{start + timedelta(hours=hours):%Y-%m-%dT%H:%M}" for name, hours in (("start", 0), ("end", 2))}
    form = {"resource": f"tag:{tag}", "gpus": GPUS, "memory_gb": "", "purpose": "a storm", "lines": 1, **span}
    return [machine.pk for machine in added], form


def _check(machine_ids: list[int], people: list[str]) -> tuple[int, list[str]]:
    """Return how many of these machines were given, and a sentence for everything that is wrong in the rows."""
    from django.db import connection

    from bench.support.capacity_sweep import broken_bookings, sweep
    from farm.models import Allocation

    rows = Allocation.objects.filter(machine__in=machine_ids, held=True)
    given = collections.Counter(rows.values_list("machine", flat=True))
    owners = set(rows.values_list("reservation__owner__username", flat=True))
    wrong = [str(overbooking) for overbooking in sweep(connection, None, machine_ids).overbookings]
    wrong += broken_bookings(connection)
    if max(given.values(), default=0) > 1:
        wrong.append(f"a machine was given {max(given.values())} times")
    if owners != set(people):
        wrong.append(f"{len(set(people) - owners)} people got none")
    return len(given), wrong
