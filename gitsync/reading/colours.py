"""The colours of source texts: which parts of a line are comments, strings, keywords and numbers.

The name of a file chooses its language out of a closed list: nothing that a student writes chooses a program. The work
is done in another process (colour_process.py), which is killed when a text takes too long, because a regular
expression cannot be stopped in a thread. Then, and for large texts, there are no colours.
"""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

PROGRAM = Path(__file__).with_name("colour_process.py")
MAX_CHARACTERS = 100_000  # of the texts of one page: a third of a second
WAIT_SECONDS = 2.0  # while another page uses the process
# The end of the file's name -> Pygments' name of the language.
LANGUAGES = {
    ending: lexer
    for lexer, endings in {
        "ada": "adb ads",
        "bash": "sh bash",
        "c": "c h",
        "cpp": "cc cpp cxx c++ hh hpp hxx cu",
        "csharp": "cs",
        "css": "css",
        "go": "go",
        "haskell": "hs",
        "html": "html htm",
        "java": "java",
        "javascript": "js mjs cjs jsx",
        "json": "json ipynb",
        "kotlin": "kt kts",
        "lua": "lua",
        "make": "mk",
        "matlab": "m",
        "ocaml": "ml mli",
        "pascal": "pas",
        "perl": "pl pm",
        "php": "php",
        "prolog": "pro",
        "python": "py pyi",
        "r": "r",
        "ruby": "rb",
        "rust": "rs",
        "scala": "scala",
        "sql": "sql",
        "swift": "swift",
        "tex": "tex",
        "toml": "toml",
        "typescript": "ts tsx",
        "vhdl": "vhd vhdl",
        "verilog": "v",
        "xml": "xml svg xsd",
        "yaml": "yaml yml",
    }.items()
    for ending in endings.split()
}
NAMES = {"makefile": "make", "gnumakefile": "make", "dockerfile": "docker", "cmakelists.txt": "cmake"}


class Part(NamedTuple):
    """A part of a line. `kind` is "c" (comment), "k" (keyword), "s" (string), "n" (number) or ""."""

    kind: str
    text: str


def language_of(file_name: str) -> str:
    """Return Pygments' name of the language of a file; "" for one that has no colours."""
    name = file_name.rpartition("/")[2].lower()
    _stem, dot, ending = name.rpartition(".")
    return NAMES.get(name, LANGUAGES.get(ending, "") if dot else "")


class Colours:
    """The colours of one page. After a text that took too long, or too many texts, the page has no more of them."""

    def __init__(self) -> None:
        self._left = MAX_CHARACTERS

    def lines(self, file_name: str, lines: Iterable[str]) -> list[list[Part]] | None:
        """Return the parts of each of these lines, or None where there are no colours."""
        language, text = language_of(file_name), "\n".join(lines)
        if not language or not text or len(text) > self._left:
            return None
        answer = PROCESS.ask(language, text)
        self._left = self._left - len(text) if answer is not None else 0
        coloured = [list(map(Part, line[::2], line[1::2])) for line in answer or []]
        # A lexer that loses or changes a character must not change the work that a teacher reads.
        if "\n".join("".join(part.text for part in line) for line in coloured) != text:
            return None
        return coloured


class ColourProcess:
    """The process of this server. It starts when it is first used, and again after it was killed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, language: str, text: str) -> list[list[str]] | None:
        """Return the lines of the answer; None when the process is busy for long, or was killed."""
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            return None
        try:
            return self._answer(json.dumps({"lexer": language, "text": text}).encode() + b"\n")
        finally:
            self._lock.release()

    def stop(self) -> None:
        """End the process, for tests."""
        with self._lock:
            self._end()

    def _answer(self, request: bytes) -> list[list[str]] | None:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        try:
            lines: list[list[str]] = json.loads(self._exchange(request))
        except (OSError, ValueError):  # killed: the answer is empty
            self._end()
            return None
        return lines

    def _exchange(self, request: bytes) -> bytes:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", str(PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                start_new_session=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(request)
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def _end(self) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # what was not written yet cannot be written
                        pipe.close()
            process.wait()


PROCESS = ColourProcess()
