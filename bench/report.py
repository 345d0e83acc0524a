#!/usr/bin/env python3
"""Run all benchmarks, each on a MariaDB of its own, and write docs/benchmarks.md: `make bench`."""

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
    parser.add_argument("names", nargs="*", help="only these: booking, earliest, …; the page is then left alone")
    options = parser.parse_args()
    scripts = sorted(set((instance.ROOT / "bench").glob("[a-z]*.py")) - {Path(__file__).resolve()})
    wanted = [script for script in scripts if not options.names or script.stem in options.names]
    began, parts = time.monotonic(), []
    for script in wanted:
        print(f"--- {script.stem}", flush=True)
        parts.append((script, run(script)))
    minutes = (time.monotonic() - began) / 60
    if not options.names:
        PAGE.write_text(page(parts, minutes))
    failed = [script.stem for script, found in parts if not found or not all(one["met"] for one in found["figures"])]
    print(f"VERDICT: {f'missed or failed: {failed}' if failed else 'every bar is met'}, in {minutes:.1f} min")
    return 1 if failed else 0


def run(script: Path) -> dict[str, Any] | None:
    with tempfile.TemporaryDirectory(prefix="atelier-figures-") as folder, services() as variables:
        kept = Path(folder) / "figures.json"
        command = [sys.executable, "-m", f"bench.{script.stem}"]
        environment = os.environ | variables | {"FIGURES": str(kept)}
        subprocess.run(command, cwd=instance.ROOT, env=environment, check=False)
        return json.loads(kept.read_text()) if kept.exists() else None


def page(parts: list[tuple[Path, dict[str, Any] | None]], minutes: float) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    database = next((found["database"] for _, found in parts if found), "no database")
    lines = [
        "# Benchmarks",
        "",
        "Every figure is measured beside its peer or its limit in the same run, on the same data and machine; what",
        "counts is the ratio. `make bench` measures again and writes this page.",
        "",
        f"Measured on {datetime.now(UTC):%d %B %Y}: {os.cpu_count()} cores, {memory:.0f} GB of memory, "
        f"Python {platform.python_version()}, {database}; {minutes:.0f} minutes in all.",
    ]
    for script, found in parts:
        words = script.read_text().split('"""')[1].strip()
        lines += [
            "",
            f"## {script.stem.removeprefix('bench_').capitalize()}",
            "",
            words,
            "",
            f"`bench/{script.name}`",
            "",
        ]
        lines += ["| what | measured | beside | ratio | bar | |", "|---|---|---|---|---|---|"]
        for one in found["figures"] if found else []:
            met = "met" if one["met"] else "**missed**"
            lines.append(
                "| " + " | ".join(one[key] for key in ("what", "value", "peer", "ratio", "bar")) + f" | {met} |"
            )
        if not found:
            lines.append("| did not end | | | | | **failed** |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
