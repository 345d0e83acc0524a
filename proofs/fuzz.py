#!/usr/bin/env python3
"""Random requests never get a 500.

Run it with `make proof NAME=fuzz`. It runs the fuzz tests of every app with many more examples: schemathesis over the
OpenAPI document of /api/v1/, with requests inside and outside the documented shape of each operation, and random JSON
for the wires (/_git_api, /_git_hook, /hooks/<token>/, /_http/messages and the farm's French addresses), as every kind
of caller. It uses SQLite, or the database of DATABASE_URL.

It prints the number of cases, how often each status came, and the seed; `--seed` repeats a run. The exit code is 1
after any 5xx (except 501, with which the contract answers an unknown message), after an answer that the document does
not describe, and after a refused request that changed a row.
"""

import argparse
import collections
import json
import os
import random
import sys
import time
from pathlib import Path

from kernel.testing import child_processes

ROOT = Path(__file__).resolve().parent.parent
TESTS = [
    "accounts/tests/test_api_fuzz.py",
    "courses/tests/test_api_fuzz.py",
    "courses/tests/test_wire_fuzz.py",
    "farm/tests/test_api_fuzz.py",
    "farm/tests/test_french_fuzz.py",
    "gitsync/tests/test_wire_fuzz.py",
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10, help="run this many times the usual number of examples")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=TESTS, help="run only these test files")
    options = parser.parse_args()
    with child_processes.temporary_folder("atelier-fuzz-") as folder:
        counts_file = Path(folder) / "told"
        env = os.environ | {"FUZZ_TIMES": str(options.times), "FUZZ_TOLD": str(counts_file), "TMPDIR": folder}
        command = [sys.executable, "-m", "pytest", *options.only, f"--hypothesis-seed={options.seed}"]
        command += ["-n", str(options.workers), "--dist", "worksteal", "-p", "no:cacheprovider", "--show-capture=no"]
        began = time.monotonic()
        ended = child_processes.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
        lines = counts_file.read_text().splitlines() if counts_file.exists() else []
    if ended.returncode:
        print(ended.stdout + ended.stderr)
    all_counts: collections.Counter[int] = collections.Counter()
    for name, counts in sorted(json.loads(line) for line in lines):
        counts = collections.Counter({int(status): count for status, count in counts.items()})
        print(f"{name:50} {counts.total():6,} cases   {as_text(counts)}")
        all_counts += counts
    print(f"{'all':50} {all_counts.total():6,} cases   {as_text(all_counts)}")
    print(f"{time.monotonic() - began:.0f} s, seed {options.seed}")
    broken = sum(count for status, count in all_counts.items() if status >= 500 and status != 501)
    right = not ended.returncode and not broken and all_counts.total() > 0
    print(
        "VERDICT: " + (f"no answer of {all_counts.total():,} was 5xx" if right else f"WRONG: {broken} x 5xx; see above")
    )
    return 0 if right else 1


def as_text(counts: dict[int, int]) -> str:
    """Return how often each status came, such as `3 x 200, 1 x 404`."""
    return ", ".join(f"{count} x {status}" for status, count in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main())
