#!/usr/bin/env python3
"""Every check, one after the other, with the seconds of each: `make ci`, and the second half of `.ci/run`.

All stages run, also after a failure, so that one run tells everything. The last line counts the tests. With Python's
own library alone: it makes the virtual environment rather than living in it.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# name, make target, seconds it may take on two cores
STAGES = [
    ("install", "dev", 240),
    ("lint", "lint", 120),
    ("tests on SQLite", "test", 360),
    ("tests on MariaDB and Redis", "test-services", 360),
    ("pages in Chromium", "test-browser", 240),
    ("make run on a clean clone", "test-start", 300),
]


def main() -> int:
    lines, failed = [], []
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    with tempfile.TemporaryDirectory(prefix="atelier-ci-") as reports:
        for name, target, budget in STAGES:
            print(f"\n=== {name}: make {target}", flush=True)
            report = Path(reports) / f"{target}.xml"
            # What make itself said about the outer make must not reach the inner one: its jobs are not ours.
            variables = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL")}
            variables["PYTEST_ADDOPTS"] = f"{os.environ.get('PYTEST_ADDOPTS', '')} --junitxml={report}".strip()
            began = time.monotonic()
            done = subprocess.run(["make", "--no-print-directory", target], cwd=ROOT, env=variables, check=False)
            seconds = time.monotonic() - began
            found = count(report)
            for key, number in found.items():
                counts[key] += number
            if done.returncode:
                failed.append(name)
            told = ", ".join(f"{number} {key}" for key, number in found.items() if number)
            late = f"  (over its {budget} s)" if seconds > budget else ""
            lines.append(f"{'FAILED' if done.returncode else 'ok':7}{seconds:7.1f} s  {name}  {told}{late}")
    print("\n=== stages")
    print("\n".join(lines))
    if failed:
        print(f"failed: {', '.join(failed)}")
        counts["failed"] = max(counts["failed"], 1)  # a stage that fails without a test counts as one
    print(", ".join(f"{number} {key}" for key, number in counts.items()))
    return 1 if failed else 0


def count(report: Path) -> dict[str, int]:
    """Tests by outcome, out of pytest's report; nothing where the stage has no tests."""
    if not report.is_file():
        return {}
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    tests, failures, errors, skipped = (
        sum(int(suite.get(key, 0)) for suite in suites) for key in ("tests", "failures", "errors", "skipped")
    )
    return {"passed": tests - failures - errors - skipped, "failed": failures + errors, "skipped": skipped}


if __name__ == "__main__":
    sys.exit(main())
