"""What a benchmark found, and how it is said: one line each on the terminal, or JSON for bench/report.py.

if __name__ == "__main__":
    sys.exit(figures.main(measure))     # measure(here) -> list[Figure]
"""

import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.support import instance


@dataclass
class Figure:
    """`value` of what was measured beside `peer` of the same run; `met` is whether the bar of the design holds."""

    what: str
    value: str
    peer: str
    ratio: str
    bar: str
    met: bool


def main(measure: Callable[[instance.Atelier], list[Figure]]) -> int:
    """Measure, print, and keep in the file that FIGURES names; 1 when a bar is missed."""
    with instance.atelier() as here:
        database = instance.database_name()
        print(f"{database}, {os.cpu_count()} cores", flush=True)
        found = measure(here)
    for one in found:
        mark = "ok  " if one.met else "MISS"
        print(f"{mark} {one.what}: {one.value}; beside {one.peer}; ratio {one.ratio} (bar {one.bar})")
    if os.environ.get("FIGURES"):
        kept = {"database": database, "figures": [asdict(one) for one in found]}
        Path(os.environ["FIGURES"]).write_text(json.dumps(kept))
    print("VERDICT: " + ("every bar is met" if all(one.met for one in found) else "a bar is MISSED"))
    return 0 if all(one.met for one in found) else 1


def beside(act: Callable[[], Any], peer: Callable[[], Any], times: int) -> tuple[float, float]:
    """The medians of both in milliseconds, run in turn, so that what else the machine does falls on both alike."""
    ours, theirs = [], []
    for number in range(times + 1):
        began = time.perf_counter()
        act()
        middle = time.perf_counter()
        peer()
        if number:
            ours.append((middle - began) * 1000)
            theirs.append((time.perf_counter() - middle) * 1000)
    return statistics.median(ours), statistics.median(theirs)


def median_ms(act: Callable[[], Any], times: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """The median of so many runs, in milliseconds, after one that is not counted."""
    act()
    taken = []
    for _ in range(times):
        began = clock()
        act()
        taken.append((clock() - began) * 1000)
    return statistics.median(taken)
