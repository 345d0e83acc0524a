#!/usr/bin/env python3
"""Whatever is sent, never a 500: `make proof NAME=fuzz`.

The fuzz tests of every app with many times their examples: schemathesis over the OpenAPI document of /api/v1/, each
operation in and out of its shape, and odd JSON for the wires (/_git_api, /_git_hook, /hooks/<token>/, /_http/messages
and the farm's French addresses), by everybody who may call. On SQLite, or on the database of DATABASE_URL. Prints the
cases, how often each status came, and the seed: with `--seed` the same run again. The exit code is 1 after any 5xx (501
aside, the contract's answer to an unknown message), an answer that the document does not know, a refusal that changed a
row.
"""

import argparse
import collections
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
    parser.add_argument("--times", type=int, default=10, help="how many times the examples of the tests")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=TESTS, help="of the tests' files")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="atelier-fuzz-") as folder:
        told = Path(folder) / "told"
        env = os.environ | {"FUZZ_TIMES": str(options.times), "FUZZ_TOLD": str(told), "TMPDIR": folder}
        command = [sys.executable, "-m", "pytest", *options.only, f"--hypothesis-seed={options.seed}"]
        command += ["-n", str(options.workers), "--dist", "worksteal", "-p", "no:cacheprovider", "--show-capture=no"]
        began = time.monotonic()
        ended = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True)
        lines = told.read_text().splitlines() if told.exists() else []
    if ended.returncode:
        print(ended.stdout + ended.stderr)
    seen: collections.Counter[int] = collections.Counter()
    for what, counts in sorted(json.loads(line) for line in lines):
        counts = collections.Counter({int(status): count for status, count in counts.items()})
        print(f"{what:50} {counts.total():6,} cases   {in_words(counts)}")
        seen += counts
    print(f"{'all':50} {seen.total():6,} cases   {in_words(seen)}")
    print(f"{time.monotonic() - began:.0f} s, seed {options.seed}")
    broken = sum(count for status, count in seen.items() if status >= 500 and status != 501)
    right = not ended.returncode and not broken and seen.total() > 0
    print("VERDICT: " + (f"no answer of {seen.total():,} was 5xx" if right else f"WRONG: {broken} x 5xx; see above"))
    return 0 if right else 1


def in_words(counts: dict[int, int]) -> str:
    return ", ".join(f"{count} x {status}" for status, count in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main())
