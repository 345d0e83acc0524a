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
MISSED = "**missed**"
TABLE_COLUMNS = 6
LAST = ("Curves", "People")  # measured once, after the others
PACKAGES = ["Django", "mysqlclient", "celery", "granian", "pygit2", "dulwich"]


def page(benchmarks: Sequence[Any], minutes: float, runs: int) -> str:
    """Return the page in Markdown. `benchmarks` are bench.report.Benchmark, `minutes` is the time of all runs."""
    sections = [line for benchmark in benchmarks for line in section(benchmark)]
    lines = [
        "# Benchmarks",
        "",
        "Every figure is measured beside its peer in the same run, on the same data and machine. What counts is the",
        "ratio: it says the same on another machine. `make bench` measures again and writes this page.",
        "",
        *machine(benchmarks, minutes, runs),
        "",
        bars(sections),
        *sections,
    ]
    return "\n".join(lines).rstrip() + "\n"


def with_sections(text: str, benchmarks: Sequence[Any]) -> str:
    """Return the page `text` with the sections of these benchmarks written anew, each with its day."""
    head, *rest = text.split("\n## ")
    sections = {part.partition("\n")[0]: part for part in rest}
    for benchmark in benchmarks:
        lines = "\n".join(section(benchmark, datetime.now(UTC))).strip("\n")
        sections[heading(benchmark)] = lines.removeprefix("## ") + "\n"
    last = [name for name in sections if name in LAST]
    order = sorted(name for name in sections if name not in LAST) + last
    tables = [line for name in order for line in sections[name].splitlines()]
    lines = [bars(tables) if " bars are met." in line else line for line in head.splitlines()]
    return "\n".join(["\n".join(lines) + "\n", *("## " + sections[name] for name in order)]).rstrip() + "\n"


def bars(lines: Sequence[str]) -> str:
    """Return the sentence that counts the met bars in the tables of these lines, and names the missed ones."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ")]
    verdicts = [(row[0], row[3]) for row in rows if len(row) == TABLE_COLUMNS and row[3] in ("met", MISSED)]
    missed = [what for what, verdict in verdicts if verdict == MISSED]
    told = " Missed: " + "; ".join(missed) + "." if missed else ""
    return f"{len(verdicts) - len(missed)} of {len(verdicts)} bars are met.{told}"


def heading(benchmark: Any) -> str:
    return str(benchmark.script.stem.replace("_", " ").capitalize())


def section(benchmark: Any, day: datetime | None = None) -> Iterator[str]:
    """Yield the lines of a benchmark; `day` is when it ran alone."""
    yield from ["", f"## {heading(benchmark)}", ""]
    yield from [ast.get_docstring(ast.parse(benchmark.script.read_text())) or "", ""]
    alone = f" Measured alone on {day:%d %B %Y}." if day else ""
    yield from [f"`bench/{benchmark.script.name}`, {benchmark.seconds:.0f} s. {load(benchmark.loads)}{alone}", ""]
    if benchmark.fault():
        yield from [f"**{benchmark.fault()}.** The last lines:", "", "```", *benchmark.last_lines, "```", ""]
    if figures := benchmark.rows():
        yield from table(figures)
    for result in benchmark.results:
        for curve in result.get("curves", []):
            yield from curve_lines(curve)


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
        met = "-" if figure["bar"] == "-" else "met" if figure["met"] else MISSED
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
