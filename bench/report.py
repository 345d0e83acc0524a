#!/usr/bin/env python3
"""Runs all benchmarks and writes docs/benchmarks.md: `make bench`.

Each benchmark gets its own MariaDB.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.support import instance
from scripts.services import services

PAGE = instance.ROOT / "docs" / "benchmarks.md"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", help="only these, such as booking or earliest; the page is not written then"
    )
    options = parser.parse_args()
    scripts = sorted(set((instance.ROOT / "bench").glob("[a-z]*.py")) - {Path(__file__).resolve()})
    chosen = [script for script in scripts if not options.names or script.stem in options.names]
    began, parts = time.monotonic(), []
    for script in chosen:
        print(f"--- {script.stem}", flush=True)
        parts.append((script, run(script)))
    minutes = (time.monotonic() - began) / 60
    if not options.names:
        PAGE.write_text(page(parts, minutes))
    failed = [
        script.stem for script, result in parts if not result or not all(figure["met"] for figure in result["figures"])
    ]
    print(f"VERDICT: {f'missed or failed: {failed}' if failed else 'every bar is met'}, in {minutes:.1f} min")
    return 1 if failed else 0


def run(script: Path) -> dict[str, Any] | None:
    """Run one benchmark.

    Returns {"database": text, "figures": [fields of Figure]}, or None when it failed.
    """
    with tempfile.TemporaryDirectory(prefix="atelier-figures-") as folder, services() as variables:
        report = Path(folder) / "figures.json"
        command = [sys.executable, "-m", f"bench.{script.stem}"]
        environment = os.environ | variables | {"FIGURES": str(report)}
        subprocess.run(command, cwd=instance.ROOT, env=environment, check=False)
        return json.loads(report.read_text()) if report.exists() else None


def page(parts: list[tuple[Path, dict[str, Any] | None]], minutes: float) -> str:
    """Return the page in Markdown.

    For each benchmark it has the docstring of the script and a table of its figures. `minutes` is the time of all of
    them.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    database = next((result["database"] for _, result in parts if result), "no database")
    lines = [
        "# Benchmarks",
        "",
        "Every figure is measured beside its peer or its limit in the same run, on the same data and machine; what",
        "counts is the ratio. `make bench` measures again and writes this page.",
        "",
        f"Measured on {datetime.now(UTC):%d %B %Y}: {os.cpu_count()} cores, {memory:.0f} GB of memory, "
        f"Python {platform.python_version()}, {database}; {minutes:.0f} minutes in all.",
    ]
    for script, result in parts:
        docstring = script.read_text().split('"""')[1].strip()
        lines += [
            "",
            f"## {script.stem.removeprefix('bench_').capitalize()}",
            "",
            docstring,
            "",
            f"`bench/{script.name}`",
            "",
        ]
        lines += ["| what | measured | beside | ratio | bar | |", "|---|---|---|---|---|---|"]
        for figure in result["figures"] if result else []:
            met = "met" if figure["met"] else "**missed**"
            lines.append(
                "| " + " | ".join(figure[key] for key in ("what", "value", "peer", "ratio", "bar")) + f" | {met} |"
            )
        if not result:
            lines.append("| did not end | | | | | **failed** |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
