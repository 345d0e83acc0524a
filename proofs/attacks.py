"""Attacks over HTTP, twenty kinds with several variants each, are refused or contained.

Run it with `make proof NAME=attacks`; `ARGS="--kinds tokens csrf"` runs only these kinds. It starts an instance
(`manage.py up`) and beside it the pages as docker-compose.yml starts them, on the database of DATABASE_URL or on
SQLite. Students, teachers, staff, programs and strangers attack both servers over sockets. Each attempt prints
`kind | variant | caller | request | answer | refused, contained or FAULT`. The effect is searched in the rows, or in
the answers to another caller, and not only in the status. The exit code is 1 when there was a fault.
"""

import argparse
import importlib
import os
import pkgutil
import sys
import time

import proofs.attack_kinds
from proofs.support.attack_report import Report
from proofs.support.attacked_school import School, attacked_school, tracebacks
from proofs.support.raw_http import Caller

VARIANTS = 5  # at least so many of each kind
KINDS = sorted(module.name for module in pkgutil.iter_modules(proofs.attack_kinds.__path__))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=KINDS, help="these kinds of attack")
    arguments = parser.parse_args()
    database = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    report, began, seconds = Report(), time.monotonic(), dict[str, float]()
    with attacked_school(database) as school:
        for kind in arguments.kinds:
            report.kind = kind.replace("_", " ")
            started = time.monotonic()
            importlib.import_module(f"proofs.attack_kinds.{kind}").attack(school, report)
            seconds[report.kind] = time.monotonic() - started
        report.kind = "afterwards"
        check_servers(school, report)
    print(f"\n{time.monotonic() - began:.0f} s on {'MariaDB' if database else 'SQLite'}")
    for kind, variants in report.variants.items():
        print(f"  {kind}: {len(variants)} variants in {seconds.get(kind, 0):.0f} s")
    for kind in arguments.kinds:
        if len(report.variants.get(kind.replace("_", " "), ())) < VARIANTS:
            report.attempt("too few variants", "this proof", kind, "none", effect=f"fewer than {VARIANTS}")
    counts = report.counts
    for fault in report.faults:
        print(f"FAULT {fault}")
    verdict = (
        f"VERDICT: {report.total} attempts, {counts['refused']} refused, {counts['contained']} contained, "
        f"{counts['FAULT']} faults"
    )
    print(verdict)
    return 1 if counts["FAULT"] else 0


def check_servers(school: School, report: Report) -> None:
    """Both servers must still answer, and their logs must hold no traceback."""
    for front, port in school.fronts.items():
        answer = Caller("stranger", port).send("GET", "/livez")
        effect = "" if answer.status == 200 else "it no longer answers"
        report.attempt(f"{front} answers", "stranger", "GET /livez", answer, effect=effect)
    for traceback in tracebacks(school.here.home):
        report.attempt("traceback in a log", "any", traceback.splitlines()[-1], "logged", effect=traceback[-200:])


if __name__ == "__main__":
    sys.exit(main())
