#!/usr/bin/env python3
"""Every writer of the farm in any order, capacity judged by brute force after each step: `make proof NAME=invariant`.

The state machine of state_machine.py and the properties of test_availability.py in farm/tests, longer than
a test may take, on the database of DATABASE_URL or on SQLite. Prints what was run and how each verb was answered.
"""

import argparse
import collections
import sys
import time

from bench.support import instance


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--sweeps", type=int, default=5000, help="examples of each property of the sweep")
    options = parser.parse_args()
    with instance.atelier():
        import time_machine

        from farm.tests import test_availability
        from farm.tests.conftest import NOW
        from farm.tests.state_machine import FarmStateMachine, run

        properties(test_availability, options.sweeps)
        name, began = instance.database_name(), time.monotonic()
        try:
            with time_machine.travel(NOW, tick=False) as FarmStateMachine.clock:
                run(options.examples, options.steps)
        finally:
            tell(FarmStateMachine.counts, name, time.monotonic() - began)
    print("VERDICT: never overbooked, in no order of steps")
    return 0


def properties(tests: object, examples: int) -> None:
    from hypothesis import settings

    names = [name for name in dir(tests) if hasattr(getattr(tests, name), "hypothesis")]
    for name in names:
        settings(max_examples=examples, deadline=None, database=None)(getattr(tests, name))()
        print(f"{name.removeprefix('test_').replace('_', ' ')}: {examples} examples", flush=True)


def tell(told: collections.Counter, name: str, seconds: float) -> None:
    print(f"{name}: {told['examples']} examples, {told['steps']} steps, judged after each, in {seconds:.0f} s")
    by_verb: dict[str, dict[int, int]] = collections.defaultdict(dict)
    for key, count in told.items():
        if isinstance(key, tuple):
            by_verb[key[0]][key[1]] = count
    for verb, answers in sorted(by_verb.items()):
        refused = ", ".join(f"{count} x {status}" for status, count in sorted(answers.items()) if status != 200)
        print(f"    {verb:16} {answers.get(200, 0):6} done   {refused or 'never refused'}")
    totals = collections.Counter(dict.fromkeys((400, 403, 404, 409), 0))
    for answers in by_verb.values():
        totals.update({status: count for status, count in answers.items() if status != 200})
    print("refused: " + ", ".join(f"{count} x {status}" for status, count in sorted(totals.items())))


if __name__ == "__main__":
    sys.exit(main())
