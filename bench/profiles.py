#!/usr/bin/env python3
"""Where the time goes: the five pages, the hook and the first index under a profiler, version 0.2.0 beside this one.

`make profiles` writes docs/profiles.md: for each of them the CPU time, and the ten functions that use most of it
themselves. "Own ms" is wall time with the profiler, which slows small functions and includes the wait for the database:
compare the CPU times, and run it on a quiet machine. `--before` names another version.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.support import earlier, instance

PAGE = instance.ROOT / "docs" / "profiles.md"
SCRIPT = Path(__file__).parent / "support" / "profiled.py"
TITLES = {
    "timeline": "Timeline: a week of 20 machines with 200 reservations",
    "agenda": "Agenda: one day of the same machines",
    "matrix": "Matrix: the first 100 of 1,000 students, 60 tasks",
    "task page": "Task page: 1,000 students",
    "student page": "Student page: 60 tasks",
    "hook": "50 hooks of GitHub",
    "first index": "First index of a repository with 200 commits",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", default=earlier.EARLIER, metavar="COMMIT")
    before = parser.parse_args().before
    with earlier.checkout(before) as root:
        profiles = earlier.run(SCRIPT, root), earlier.run(SCRIPT, instance.ROOT)
    for name, title in TITLES.items():
        old, new = (profile[name]["cpu_ms"] for profile in profiles)
        print(f"{title}: {old:.1f} ms of CPU before, {new:.1f} ms now, {new / old:.2f}x")
    PAGE.write_text("\n".join(page(before, *profiles)) + "\n")
    return 0


def page(before: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the page. `old` and `new` are what profiled.py prints."""
    yield from ["# Profiles", "", *(__doc__ or "").strip().splitlines(), ""]
    yield f"Measured on {datetime.now(UTC):%d %B %Y}, before: {before}."
    yield from ["", "| what | CPU before | CPU now | ratio |", "|---|---|---|---|"]
    for name, title in TITLES.items():
        before_ms, now_ms = old[name]["cpu_ms"], new[name]["cpu_ms"]
        yield f"| {title} | {before_ms:.1f} ms | {now_ms:.1f} ms | {now_ms / before_ms:.2f}x |"
    for name, title in TITLES.items():
        yield from ["", f"## {title}", ""]
        yield f"| before: {before} | own ms | share | now | own ms | share |"
        yield "|---|---|---|---|---|---|"
        for pair in zip(old[name]["lines"], new[name]["lines"], strict=True):
            yield "| " + " | ".join(cells(*line) for line in pair) + " |"


def cells(function: str, place: str, own: float, share: float) -> str:
    """Return three cells of the table: the function and its place, its own milliseconds per call, their share."""
    name = re.sub(r" at 0x\w+", "", function).replace("|", "\\|").replace("<", "&lt;")
    return f"{name} ({place}) | {own:.2f} | {share:.0%}"


if __name__ == "__main__":
    sys.exit(main())
