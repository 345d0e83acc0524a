"""Storms on the limits: guesses, refresh tokens, machines of one tag, hooks, and a Git host that drips.

Run it with `make proof NAME=limits`; `ARGS="--only guesses askers --rounds 3"` runs a part. It starts everything that a
school runs: without DATABASE_URL `manage.py up` on SQLite, otherwise the services of docker-compose.yml behind nginx.
The first three kinds are repeated in rounds, each with its own people, tokens and machines. The other two last about a
minute each. One line for each kind says what was measured. The exit code is 1 when there was a fault.
"""

import argparse
import importlib
import pkgutil
import sys
import time

import proofs.limit_kinds
from bench.support import instance
from proofs.support.served_school import served_school

KINDS = sorted(module.name for module in pkgutil.iter_modules(proofs.limit_kinds.__path__))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=KINDS, default=KINDS, help="these kinds")
    parser.add_argument("--rounds", type=int, default=20, help="of the first three kinds; at most 100")
    options = parser.parse_args()
    faults = []
    with served_school() as school:
        name = instance.database_name()
        for kind in options.only:
            began = time.monotonic()
            outcome = importlib.import_module(f"proofs.limit_kinds.{kind}").storm(school, options.rounds)
            faults += [f"{kind}: {fault}" for fault in outcome.faults]
            verdict = f"{len(outcome.faults)} FAULTS" if outcome.faults else "no fault"
            print(f"{kind} | {name} | {outcome.figures} | {verdict} | {time.monotonic() - began:.0f} s", flush=True)
    for fault in faults:
        print(f"FAULT {fault}")
    print(f"VERDICT: {len(faults)} faults in {', '.join(options.only)}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
