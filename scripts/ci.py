#!/usr/bin/env python3
"""Runs all checks one after the other and prints how long each took: `make ci`, also the second half of `.ci/run`.

All stages run, also after a failure. The last line counts the tests. Only the standard library is used, because the
first stage creates the virtual environment.
"""

import os
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kernel.testing import child_processes  # noqa: E402

# (name, make target, expected maximum of seconds on two cores)
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
            # The variables of the outer make must not reach the inner one, which would share its job slots.
            variables = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL")}
            variables["PYTEST_ADDOPTS"] = f"{os.environ.get('PYTEST_ADDOPTS', '')} --junitxml={report}".strip()
            began = time.monotonic()
            result = child_processes.run(["make", "--no-print-directory", target], cwd=ROOT, env=variables)
            seconds = time.monotonic() - began
            outcomes = count_tests(report)
            for outcome, number in outcomes.items():
                counts[outcome] += number
            if result.returncode:
                failed.append(name)
            tests = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.items() if number)
            late = f"  (over its {budget} s)" if seconds > budget else ""
            lines.append(f"{'FAILED' if result.returncode else 'ok':7}{seconds:7.1f} s  {name}  {tests}{late}")
    print("\n=== stages")
    print("\n".join(lines))
    if failed:
        print(f"failed: {', '.join(failed)}")
        counts["failed"] = max(counts["failed"], 1)  # a stage that fails without a test counts as one
    print(", ".join(f"{number} {key}" for key, number in counts.items()))
    return 1 if failed else 0


def count_tests(report: Path) -> dict[str, int]:
    """Return the number of tests by outcome from pytest's report; {} when the stage has no tests."""
    if not report.is_file():
        return {}
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    tests, failures, errors, skipped = (
        sum(int(suite.get(key, 0)) for suite in suites) for key in ("tests", "failures", "errors", "skipped")
    )
    return {"passed": tests - failures - errors - skipped, "failed": failures + errors, "skipped": skipped}


if __name__ == "__main__":
    sys.exit(main())
