"""Writes the log lines of all processes to one terminal: `web      | line`, with one colour per process."""

import os
import sys
from typing import TextIO

COLOURS = {
    "atelier": 1, "broker": 35, "worker": 33, "fetch": 93, "schedule": 36, "web": 32, "git": 34, "people": 94,
    "demo": 95,
}  # fmt: skip
WIDTH = max(map(len, COLOURS))


class Console:
    """The terminal. Colours are used only on a terminal, and not when NO_COLOR is set."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._colours = self._out.isatty() and not os.environ.get("NO_COLOR")

    def say(self, name: str, text: str) -> None:
        """Write each line of `text` with the name of its process. A closed terminal is not an error."""
        for line in text.splitlines() or [""]:
            label = f"{name:<{WIDTH}} |"
            if self._colours:
                label = f"\033[{COLOURS.get(name, 37)}m{label}\033[0m"
            try:
                self._out.write(f"{label} {line}\n")
                self._out.flush()
            except (OSError, ValueError):
                return
