#!/usr/bin/env python3
"""The commands of the farm, in any order, never overbook a machine.

Run it with `make proof NAME=invariant`. After each step the capacity is checked by brute force. The proof runs the
state machine of farm/tests/state_machine.py and the property tests of farm/tests/test_availability.py for longer than a
test may take, on the database of DATABASE_URL or on SQLite. It prints how often each command was done and refused.
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

        run_properties(test_availability, options.sweeps)
        name, began = instance.database_name(), time.monotonic()
        try:
            with time_machine.travel(NOW, tick=False) as FarmStateMachine.clock:
                run(options.examples, options.steps)
        finally:
            print_counts(FarmStateMachine.counts, name, time.monotonic() - began)
    print("VERDICT: never overbooked, in any order of commands")
    return 0


def run_properties(tests: object, examples: int) -> None:
    """Run every property test of the module `tests` with this number of examples."""
    from hypothesis import settings

    names = [name for name in dir(tests) if hasattr(getattr(tests, name), "hypothesis")]
    for name in names:
        settings(max_examples=examples, deadline=None, database=None)(getattr(tests, name))()
        print(f"{name.removeprefix('test_').replace('_', ' ')}: {examples} examples", flush=True)


def print_counts(counts: collections.Counter, name: str, seconds: float) -> None:
    """Print how often each command was done and with which status it was refused.

    `counts` is that of FarmStateMachine. `name` is the database.
    """
    print(f"{name}: {counts['examples']} examples, {counts['steps']} steps, checked after each, in {seconds:.0f} s")
    by_command: dict[str, dict[int, int]] = collections.defaultdict(dict)
    for key, count in counts.items():
        if isinstance(key, tuple):
            by_command[key[0]][key[1]] = count
    for command, statuses in sorted(by_command.items()):
        refused = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()) if status != 200)
        print(f"    {command:16} {statuses.get(200, 0):6} done   {refused or 'never refused'}")
    totals = collections.Counter(dict.fromkeys((400, 403, 404, 409), 0))
    for statuses in by_command.values():
        totals.update({status: count for status, count in statuses.items() if status != 200})
    print("refused: " + ", ".join(f"{count} x {status}" for status, count in sorted(totals.items())))


if __name__ == "__main__":
    sys.exit(main())
