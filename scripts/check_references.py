#!/usr/bin/env python3
"""Checks that the files and modules of ours that comments, docstrings and documents name do exist.

Three kinds of references are checked when they start with one of our top-level folders:

- paths of files and folders: `kernel/wire.py`, `kernel/testing/`, also with a wildcard: `proofs/*.py`;
- in documents, paths in backquotes without a suffix: `kernel/wire`;
- dotted names: `kernel.errors.Refused` needs the module and the name in it. A dotted name that the code uses as a
  string (an audit command, a task) is not a reference.

The decisions about the wires are in docs/wire.md. A reference to the folder `spec`, which is not in this repository, is
an error.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = {"accounts", "calendars", "config", "courses", "farm", "gitsync", "kernel", "live", "mail", "supervisor"}
FOLDERS = APPS | {"bench", "proofs", "scripts", "docs", "deploy", "templates", "static", "locale"}
NOT_IN_REPOSITORY = {"spec", "design", "research"}
NOT_CHECKED = (
    "docs/newcomer-test.md",
    "docs/profiles.md",  # names files of an earlier version
    "CHANGELOG.md",
    "static/vendor/",
    "kernel/tests/vendor/",
    "locale/",
)
SUFFIXES = "py|md|html|js|css|sh|svg|po|yml|toml|txt|json|template|png"

_first = "|".join(sorted(FOLDERS | NOT_IN_REPOSITORY))
PATH = re.compile(rf"(?<![\w./<>…-])(?:{_first})/(?:[\w.*-]+/)*(?:[\w*-][\w.*-]*\.(?:{SUFFIXES})\b|(?=[\s`,.;:)]))")
BARE_PATH = re.compile(rf"`((?:{'|'.join(sorted(FOLDERS))})(?:/[\w-]+)+)`")
DOTTED = re.compile(rf"(?<![\w./@-])(?:{'|'.join(sorted(APPS))})(?:\.\w+)+")
# Comments of templates, scripts, style sheets and configuration files.
COMMENTS = {
    ".html": re.compile(r"\{#(.*?)#\}|\{% comment %\}(.*?)\{% endcomment %\}", re.DOTALL),
    ".js": re.compile(r"/\*[\s\S]*?\*/|(?<!:)//.*"),
    ".css": re.compile(r"/\*(.*?)\*/", re.DOTALL),
    "#": re.compile(r"(?:^|\s)#(.*)"),
}


def main() -> int:
    faults = [fault for path in checked_files() for fault in faults_of(path)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def checked_files() -> Iterator[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for path in sorted(set(subprocess.check_output(command, cwd=ROOT, text=True).splitlines())):
        if not path.startswith(NOT_CHECKED) and "/migrations/" not in path and (ROOT / path).is_file():
            yield path


def faults_of(path: str) -> Iterator[str]:
    """Yield one sentence for each reference in this file that leads nowhere."""
    for number, text in sorted(texts_of(path)):
        references = {match[0] for match in PATH.finditer(text)}
        if path.endswith(".md"):
            references |= {match[1] for match in BARE_PATH.finditer(text)}
        for reference in sorted(references):
            if reference.split("/")[0] == "spec":
                yield f"{path}:{number}: {reference} is not in this repository: cite docs/wire.md"
            elif not path_exists(reference):
                yield f"{path}:{number}: {reference} does not exist"
        for match in DOTTED.finditer(text):
            if not name_exists(match[0]) and match[0] not in string_literals():
                yield f"{path}:{number}: {match[0]} does not exist"


def texts_of(path: str) -> Iterator[tuple[int, str]]:
    """Yield (line number, text) of every comment and docstring; of every line in a document."""
    file = ROOT / path
    if file.suffix == ".py":
        yield from python_texts(file.read_text())
    elif file.suffix == ".md":
        yield from enumerate(file.read_text().splitlines(), 1)
    elif file.suffix in (".html", ".js", ".css"):
        source = file.read_text()
        for match in COMMENTS[file.suffix].finditer(source):
            yield source.count("\n", 0, match.start()) + 1, match[0]
    elif file.suffix in (".sh", ".yml", ".toml", ".in", ".template") or file.name in (
        "Makefile",
        "Dockerfile",
        ".env.example",
    ):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if comment := COMMENTS["#"].search(line):
                yield number, comment[1]


def python_texts(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        # A docstring, or a string after an assignment that documents it.
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for offset, line in enumerate(node.value.value.splitlines()):
                yield node.lineno + offset, line


def path_exists(reference: str) -> bool:
    if "*" in reference:
        return any(ROOT.glob(reference.rstrip("/")))
    candidates = (ROOT / reference, ROOT / f"{reference}.py", ROOT / "templates" / reference)  # also a template's name
    return any(path.exists() for path in candidates)


@cache
def name_exists(dotted: str) -> bool:
    """Whether the module exists, and the name in it, if there is one."""
    parts = dotted.split(".")
    if re.fullmatch(SUFFIXES, parts[-1]):  # a file name such as farm.py
        return True
    folder = ROOT
    for position, part in enumerate(parts):
        if (folder / part).is_dir():
            folder /= part
            continue
        module = folder / f"{part}.py"
        rest = parts[position + 1 :]
        if not module.is_file():
            module, rest = folder / "__init__.py", parts[position:]
        return module.is_file() and (not rest or rest[0] in names_in(module))
    return True


@cache
def names_in(module: Path) -> set[str]:
    """Return the names that a module defines or imports at its top level."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


@cache
def string_literals() -> set[str]:
    """Return the dotted names that our code uses as strings: audit commands, task names, salts."""
    literals: set[str] = set()
    for path in checked_files():
        if path.endswith(".py"):
            literals |= set(re.findall(r"[\"'](\w+(?:\.\w+)+)[\"']", (ROOT / path).read_text()))
    return literals


if __name__ == "__main__":
    sys.exit(main())
