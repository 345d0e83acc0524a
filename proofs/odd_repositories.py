"""Odd repositories, each of another kind, are read as git reads them, or the student reads why not.

Run it with `make proof NAME=odd-repositories`. Each repository is served by git over HTTP and given by another student.
A worker with two processes, as in production, reads it. While it does, other students push to healthy repositories on
the same server, and their delay is measured.

A line for each repository: the CPU seconds of the worker for it, the largest delay of a healthy repository meanwhile,
and what became of it: the number of commits and files that are the same as those of `git log --numstat`, or the
sentence that the student's page shows. The exit code is 1 when a repository took more than SECONDS of CPU, ended
otherwise than its kind says, has other rows than git or no sentence, when a healthy one was missed, or when a log has a
traceback.
"""

import argparse
import contextlib
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.support import instance
from proofs.support.odd_commits import COMMITS
from proofs.support.odd_refs import REFS
from proofs.support.odd_servers import SERVERS
from proofs.support.odd_trees import TREES

SECONDS = 20.0  # of CPU for one repository
HEALTHY = 6
HEALTHY_TIMEOUT = 60.0  # seconds after a push; then the healthy repository counts as missed
ODD_TIMEOUT = 200.0  # seconds; then the odd repository counts as not ended
PUSH_EVERY = 3.0  # seconds between pushes to healthy repositories while an odd one is read


def main() -> int:
    from proofs.support.odd_packs import PACKS  # it imports the product's pack format

    kinds = {**REFS, **SERVERS, **COMMITS, **TREES, **PACKS}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=[], help="kinds whose name contains one of these words")
    parser.add_argument("--part", default="1/1", help="such as 2/3: the second third of the kinds")
    arguments = parser.parse_args()
    part, parts = map(int, arguments.part.split("/"))
    names = [name for name in kinds if not arguments.only or any(word in name for word in arguments.only)]
    names = names[len(names) * (part - 1) // parts : len(names) * part // parts]
    with contextlib.ExitStack() as held:
        broker, server = held.enter_context(instance.broker()), held.enter_context(instance.git_server())
        measures = Path(held.enter_context(tempfile.TemporaryDirectory()), "measures")
        measures.touch()
        variables = {"REDIS_URL": broker, "GIT_LOCAL_SERVERS": server.host, "MEASURES": str(measures)}
        atelier = held.enter_context(instance.atelier(**variables))
        from proofs.support.odd_school import OddSchool

        school = OddSchool(atelier, server, measures)
        print(f"{instance.database_name()}, {len(names)} odd repositories, {HEALTHY} healthy ones", flush=True)
        with school.workers():
            school.add_healthy(HEALTHY)
            results = [try_kind(school, name, kinds[name]) for name in names]
        faults = [fault for result in results for fault in result] + school.faults_of_logs()
        print(school.summary(len(names)))
    print(f"VERDICT: {f'{len(faults)} faults' if faults else 'all read as git reads them, or explained; none missed'}")
    for fault in faults:
        print(f"  {fault}")
    return 1 if faults else 0


def try_kind(school: Any, name: str, kind: Any) -> list[str]:
    """Read a repository of this kind, print its line, and return what is wrong."""
    from proofs.support.odd_outcome import outcome_of

    odd = school.create()
    then = kind.make(odd)
    school.give(odd)
    ended = wait(school, odd)
    if then and ended:
        then()
        school.request_sync(odd)
        ended = wait(school, odd)
    healthy = school.wait_for_healthy(HEALTHY_TIMEOUT)
    seconds = school.cpu_seconds(odd)
    outcome, faults = outcome_of(school, odd, kind)
    faults += [] if ended else [f"not ended after {ODD_TIMEOUT:.0f} s"]
    faults += [] if seconds <= SECONDS else [f"{seconds:.1f} s of CPU"]
    faults += [f"healthy: {missed} was not read" for missed in healthy.missed]
    print(f"{name:32} {seconds:6.2f} s  healthy {healthy.delay:4.1f} s  {outcome}", flush=True)
    for fault in faults:
        print(f"{'':32} FAULT: {fault}", flush=True)
    return [f"{name}: {fault}" for fault in faults]


def wait(school: Any, odd: Any) -> bool:
    """Wait until the odd repository is read or set aside, while others push. Returns whether it ended."""
    began = pushed = time.monotonic()
    school.push_to_healthy()
    while not school.has_ended(odd):
        if time.monotonic() - began > ODD_TIMEOUT:
            return False
        if time.monotonic() - pushed > PUSH_EVERY:
            pushed = time.monotonic()
            school.push_to_healthy()
        school.note_healthy()
        time.sleep(0.05)
    return True


if __name__ == "__main__":
    sys.exit(main())
