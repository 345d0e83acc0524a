"""The text of docs/benchmarks.md, out of the results of the benchmarks."""

import ast
import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

QUIET = 0.05  # share of the processors that other programs may use before a benchmark
PACKAGES = ["Django", "mysqlclient", "celery", "granian", "pygit2", "dulwich"]


def page(benchmarks: Sequence[Any], minutes: float, runs: int) -> str:
    """Return the page in Markdown. `benchmarks` are bench.report.Benchmark, `minutes` is the time of all runs."""
    rows = [row for benchmark in benchmarks for row in benchmark.rows()]
    with_bar = [row for row in rows if row["bar"] != "-"]
    missed = [row for row in with_bar if not row["met"]]
    lines = [
        "# Benchmarks",
        "",
        "Every figure is measured beside its peer in the same run, on the same data and machine. What counts is the",
        "ratio: it says the same on another machine. `make bench` measures again and writes this page.",
        "",
        *machine(benchmarks, minutes, runs),
        "",
        f"{len(with_bar) - len(missed)} of {len(with_bar)} bars are met."
        + (" Missed: " + "; ".join(row["what"] for row in missed) + "." if missed else ""),
    ]
    for benchmark in benchmarks:
        lines += ["", f"## {benchmark.script.stem.replace('_', ' ').capitalize()}", ""]
        lines += [ast.get_docstring(ast.parse(benchmark.script.read_text())) or "", ""]
        lines += [f"`bench/{benchmark.script.name}`, {benchmark.seconds:.0f} s. {load(benchmark.loads)}", ""]
        if benchmark.fault():
            lines += [f"**{benchmark.fault()}.** The last lines:", "", "```", *benchmark.last_lines, "```", ""]
        if figures := benchmark.rows():
            lines += table(figures)
        for result in benchmark.results:
            for curve in result.get("curves", []):
                lines += curve_lines(curve)
    return "\n".join(lines).rstrip() + "\n"


def machine(benchmarks: Sequence[Any], minutes: float, runs: int) -> Iterator[str]:
    """Yield the lines about the machine, the versions, the date and the load."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    database = next((result["database"] for benchmark in benchmarks for result in benchmark.results), "no database")
    model = [line.partition(":")[2].strip() for line in cpu_lines() if line.startswith("model name")]
    processor = f"{os.cpu_count()} cores ({model[0]})" if model else f"{os.cpu_count()} cores"
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    busy = sum(share > QUIET for benchmark in benchmarks for _, share in benchmark.loads)
    yield f"- Machine: {processor}, {memory:.0f} GB of memory, {platform.system()} {platform.release()}"
    yield f"- Versions: Python {platform.python_version()}, {database}, {versions}"
    yield f"- Measured on {datetime.now(UTC):%d %B %Y} in {minutes:.0f} minutes; " + (
        f"{runs} runs: each row is the run with the median ratio, and the range of the ratios stands beside it"
        if runs > 1
        else "one run"
    )
    yield "- The machine was " + (
        f"not quiet: other programs used more than {QUIET:.0%} of it before {busy} of the runs" if busy else "quiet"
    )


def cpu_lines() -> list[str]:
    file = Path("/proc/cpuinfo")
    return file.read_text().splitlines() if file.exists() else []


def load(loads: Sequence[tuple[float, float]]) -> str:
    """Return a sentence about the load before each run."""
    averages = ", ".join(f"{average:.1f}" for average, _ in loads)
    share = max(share for _, share in loads)
    quiet = "quiet" if share <= QUIET else "not quiet"
    return f"Load average before: {averages}; other programs used {share:.0%} of the processors: {quiet}."


def table(figures: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of the table of these figures (fields of Figure, and `numbers` of all runs)."""
    yield "| what | ratio | bar | | measured | beside |"
    yield "|---|---|---|---|---|---|"
    for figure in figures:
        numbers = [number for number in figure["numbers"] if number is not None]
        spread = f" ({numbers[0]:g} to {numbers[-1]:g})" if len(numbers) > 1 else ""
        ratio, value = figure["ratio"], figure["value"]
        if ratio == "-":
            value += spread
        else:
            ratio += spread
        met = "-" if figure["bar"] == "-" else "met" if figure["met"] else "**missed**"
        yield f"| {figure['what']} | {ratio} | {figure['bar']} | {met} | {value} | {figure['peer']} |"


def curve_lines(curve: dict[str, Any]) -> Iterator[str]:
    """Yield a plot and its numbers (fields of bench.curves.Curve)."""
    yield from ["", f"### {curve['title']}", "", f"![{curve['title']}](images/{curve['file']})", ""]
    counts = [point[0] for point in next(iter(curve["series"].values()))]
    yield f"| {curve['across']} | " + " | ".join(f"{count:,}" for count in counts) + " |"
    yield "|---" * (len(counts) + 1) + "|"
    for name, points in curve["series"].items():
        yield (
            f"| {name}, {curve['unit']} | "
            + " | ".join(f"{value:.3g}" if value < 100 else f"{value:,.0f}" for _, value in points)
            + " |"
        )
