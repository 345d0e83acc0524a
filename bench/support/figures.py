"""The figures of a benchmark, as lines on the terminal and as JSON for bench/report.py.

if __name__ == "__main__":
    sys.exit(figures.main(measure))  # measure(atelier) -> list[Figure]
"""

import json
import os
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.support import instance


@dataclass
class Figure:
    """One row of docs/benchmarks.md. The names of the fields are keys of the JSON.

    `what` was measured, with the result `value`. `peer` is the result of the comparison in the same run. `bar` is the
    limit that the design demands, and `met` says whether the value keeps it. `number` orders several runs by their
    ratios: by default it is the first number of `ratio`, or of `value` where there is no ratio.
    """

    what: str
    value: str
    peer: str
    ratio: str
    bar: str
    met: bool
    number: float | None = None

    def __post_init__(self) -> None:
        if self.number is None:
            numbers = re.findall(r"\d[\d,]*(?:\.\d+)?", self.ratio) or re.findall(r"\d[\d,]*(?:\.\d+)?", self.value)
            self.number = float(numbers[0].replace(",", "")) if numbers else None


def main(measure: Callable[[instance.Atelier], list[Figure]]) -> int:
    """Measure, print the figures, and write them to the file that the variable FIGURES names.

    Returns the exit code: 1 when a figure misses its bar.
    """
    with instance.atelier() as atelier:
        database = instance.database_name()
        print(f"{database}, {os.cpu_count()} cores", flush=True)
        figures = measure(atelier)
    for figure in figures:
        mark = "ok  " if figure.met else "MISS"
        print(
            f"{mark} {figure.what}: {figure.value}; compared with {figure.peer}; "
            f"ratio {figure.ratio} (bar {figure.bar})"
        )
    if os.environ.get("FIGURES"):
        report = {"database": database, "figures": [asdict(figure) for figure in figures]}
        Path(os.environ["FIGURES"]).write_text(json.dumps(report))
    print("VERDICT: " + ("every bar is met" if all(figure.met for figure in figures) else "a bar is MISSED"))
    return 0 if all(figure.met for figure in figures) else 1


def medians_ms(function: Callable[[], Any], peer: Callable[[], Any], times: int) -> tuple[float, float]:
    """Return the median of each function in milliseconds, from `times` runs.

    The first run of each is not counted. Both take turns, so that other work on the machine slows both equally.
    """
    ours, theirs = [], []
    for number in range(times + 1):
        began = time.perf_counter()
        function()
        middle = time.perf_counter()
        peer()
        if number:
            ours.append((middle - began) * 1000)
            theirs.append((time.perf_counter() - middle) * 1000)
    return statistics.median(ours), statistics.median(theirs)


def median_ms(function: Callable[[], Any], times: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the median of `times` runs in milliseconds. One run before them is not counted.

    `clock` returns seconds: time.process_time measures CPU time instead of wall time.
    """
    function()
    milliseconds = []
    for _ in range(times):
        began = clock()
        function()
        milliseconds.append((clock() - began) * 1000)
    return statistics.median(milliseconds)
