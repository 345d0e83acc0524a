#!/usr/bin/env python3
"""Checks the size of our own source files: at most 250 lines each, and at most 160 characters per template line.

Generated and foreign files are not checked: migrations, translations, lock files and libraries in vendor folders.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_LINES = 250
MAX_TEMPLATE_COLUMNS = 160
SUFFIXES = {".py", ".html", ".js", ".css", ".sh"}
EXCLUDED = ("static/vendor/", "kernel/tests/vendor/", "locale/")


def main() -> int:
    faults = [fault for path in own_files() for fault in faults_of(path)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def own_files() -> Iterator[str]:
    """Yield the paths of the source files to check: committed files, and new ones that Git does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for path in sorted(set(subprocess.check_output(command, cwd=ROOT, text=True).splitlines())):
        excluded = path.startswith(EXCLUDED) or "/migrations/" in path
        if Path(path).suffix in SUFFIXES and not excluded and (ROOT / path).is_file():
            yield path


def faults_of(path: str) -> Iterator[str]:
    lines = (ROOT / path).read_text().splitlines()
    if len(lines) > MAX_LINES:
        yield f"{path}: {len(lines)} lines; split it into files of at most {MAX_LINES} lines, one idea each"
    long_lines = [number for number, line in enumerate(lines, 1) if len(line) > MAX_TEMPLATE_COLUMNS]
    if path.endswith(".html") and long_lines:
        numbers = ", ".join(map(str, long_lines))
        yield f"{path}: lines longer than {MAX_TEMPLATE_COLUMNS} characters: {numbers}"


if __name__ == "__main__":
    sys.exit(main())
