#!/usr/bin/env python3
"""Runs all benchmarks and writes docs/benchmarks.md: `make bench`.

`python -m bench.report booking` runs one and writes nothing; with `--sections` it writes the section of the page anew.
With `--runs 3` all benchmarks but those of ONCE run three times, one after the other, and the page has for each row the
run with the median ratio, and the range of all ratios. Each benchmark gets its own MariaDB. Before each one, the load
of the machine is measured: the page says when it was not quiet.
"""

import argparse
import collections
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.support import instance, report_page
from kernel.testing import child_processes
from scripts.services import services

PAGE = instance.ROOT / "docs" / "benchmarks.md"
OTHER_COMMANDS = {"report", "profiles", "pictures"}
# Not repeated by --runs: they show how a cost grows, and how many people are served. No ratio is compared with a bar.
ONCE = {"curves", "people"}
LAST_LINES = 12  # of a benchmark that failed


@dataclass
class Benchmark:
    """A script and its runs.

    results: for each run that ended {"database": text, "figures": [fields of Figure], "curves": [fields of Curve]}
    loads: for each run the load average and the share of the processors that other programs used, before it
    """

    script: Path
    results: list[dict[str, Any]] = field(default_factory=list)
    loads: list[tuple[float, float]] = field(default_factory=list)
    last_lines: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def run(self) -> None:
        """Run the benchmark once with a new MariaDB, and keep its results."""
        began = time.monotonic()
        self.loads.append((os.getloadavg()[0], busy_share()))
        lines: collections.deque[str] = collections.deque(maxlen=LAST_LINES)
        with child_processes.temporary_folder("atelier-figures-") as folder, services() as variables:
            report = Path(folder) / "figures.json"
            command = [sys.executable, "-m", f"bench.{self.script.stem}"]
            environment = os.environ | variables | {"FIGURES": str(report), "PYTHONUNBUFFERED": "1"}
            output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
            with child_processes.start(command, cwd=instance.ROOT, env=environment, **output) as process:
                for line in process.stdout:
                    print(line, end="", flush=True)
                    lines.append(line.rstrip())
            if report.exists():
                self.results.append(json.loads(report.read_text()))
            else:
                self.last_lines = list(lines)
        self.seconds += time.monotonic() - began

    def rows(self) -> list[dict[str, Any]]:
        """Return the figures, each from the run with the median ratio, with the numbers of all runs as `numbers`."""
        runs = [result["figures"] for result in self.results]
        rows = []
        for same in zip(*runs, strict=False):
            ordered = sorted(same, key=lambda figure: figure["number"] or 0)
            median = ordered[(len(ordered) - 1) // 2]
            rows.append(median | {"numbers": [figure["number"] for figure in ordered]})
        return rows

    def fault(self) -> str:
        """Return what is wrong with the runs, as one sentence; "" when all ended."""
        if not self.last_lines and self.results:
            return ""
        return f"{len(self.loads) - len(self.results)} of {len(self.loads)} runs failed"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="only these, such as booking; the page is not written then")
    parser.add_argument("--sections", action="store_true", help="write their sections of the page anew")
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    scripts = sorted(file for file in (instance.ROOT / "bench").glob("[a-z]*.py") if file.stem not in OTHER_COMMANDS)
    scripts.sort(key=lambda script: script.stem in ONCE)
    if unknown := set(options.names) - {script.stem for script in scripts}:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {[script.stem for script in scripts]}")
    benchmarks = [Benchmark(script) for script in scripts if not options.names or script.stem in options.names]
    began = time.monotonic()
    for number in range(options.runs):
        for benchmark in benchmarks:
            if number and benchmark.script.stem in ONCE:
                continue
            print(f"--- {benchmark.script.stem}, run {number + 1} of {options.runs}", flush=True)
            benchmark.run()
            load, share = benchmark.loads[-1]
            print(f"    {time.monotonic() - began:.0f} s; load before {load:.1f}, others used {share:.0%}", flush=True)
    minutes = (time.monotonic() - began) / 60
    if not options.names:
        PAGE.write_text(report_page.page(benchmarks, minutes, options.runs))
    elif options.sections:
        PAGE.write_text(report_page.with_sections(PAGE.read_text(), benchmarks))
    missed = [row for benchmark in benchmarks for row in benchmark.rows() if not row["met"]]
    for row in missed:
        print(f"MISSED {row['what']}: ratio {row['ratio']}, bar {row['bar']}")
    failed = [benchmark for benchmark in benchmarks if benchmark.fault()]
    for benchmark in failed:
        print("\n    ".join([f"FAILED {benchmark.script.stem}: {benchmark.fault()}", *benchmark.last_lines]))
    verdict = (
        f"{len(missed)} bars are missed, {len(failed)} benchmarks failed" if missed or failed else "every bar is met"
    )
    print(f"VERDICT: {verdict}, in {minutes:.1f} min")
    return 1 if missed or failed else 0


def busy_share(seconds: float = 1.0) -> float:
    """Return the share of the processors that all programs of the machine use now, from 0 to 1."""
    before = processor_times()
    time.sleep(seconds)
    idle, total = (after - earlier for after, earlier in zip(processor_times(), before, strict=True))
    return 1 - idle / total if total else 0.0


def processor_times() -> tuple[int, int]:
    """Return the idle ticks of all processors and all their ticks, since the start of the machine."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)  # idle and waiting for a disk


if __name__ == "__main__":
    sys.exit(main())
