#!/usr/bin/env python3
"""Checks that the French translation is complete, its placeholders match, and each .mo file agrees with its .po file.

makemessages runs on a copy of the sources, so that the check changes no file.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
APPS = ["accounts", "calendars", "config", "courses", "farm", "gitsync", "kernel", "live", "mail", "supervisor"]
APPS += ["templates", "static"]
DOMAINS = {"django": ["html", "txt", "py"], "djangojs": ["js"]}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="atelier-messages-") as name:
        fresh = fresh_messages(Path(name))
        faults = [fault for domain in DOMAINS for fault in domain_faults(domain, fresh)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def fresh_messages(copy: Path) -> Path:
    """Return the locale folder that makemessages writes for the present sources. `copy` is an empty folder."""
    for app in APPS:
        if (ROOT / app).is_dir():
            ignored = shutil.ignore_patterns("tests", "migrations", "vendor", "__pycache__")
            shutil.copytree(ROOT / app, copy / app, ignore=ignored)
    (copy / "locale").mkdir()
    for domain, extensions in DOMAINS.items():
        arguments = ["makemessages", "--locale", "fr", "--domain", domain, "--no-location"]
        arguments += [word for extension in extensions for word in ("--extension", extension)]
        command = [sys.executable, "-m", "django", *arguments]
        result = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
        if result.returncode:
            sys.exit(f"makemessages failed:\n{result.stdout}{result.stderr}")
    return copy / "locale" / "fr" / "LC_MESSAGES"


def domain_faults(domain: str, fresh: Path) -> Iterator[str]:
    """Yield what is wrong with the translation of one domain. `fresh` is the folder of `fresh_messages`."""
    wanted = {key(entry): entry for entry in polib.pofile(str(fresh / f"{domain}.po"))} if has(fresh, domain) else {}
    kept = ROOT / "locale" / "fr" / "LC_MESSAGES"
    if not wanted:
        return
    if not has(kept, domain):
        yield f"{domain}.po: the file is missing; it needs {len(wanted)} texts"
        return
    texts = {key(entry): entry for entry in polib.pofile(str(kept / f"{domain}.po")) if not entry.obsolete}
    for identity in wanted:
        if identity not in texts:
            yield f"{domain}.po: missing: {identity[1]!r}"
    for identity, entry in texts.items():
        if identity not in wanted:
            yield f"{domain}.po: no longer in the sources: {entry.msgid!r}"
        elif not entry.translated() or entry.fuzzy:
            yield f"{domain}.po: not translated{' (fuzzy)' if entry.fuzzy else ''}: {entry.msgid!r}"
        else:
            yield from placeholder_faults(domain, entry)
    yield from compiled_faults(domain, kept, texts)


def has(folder: Path, domain: str) -> bool:
    return (folder / f"{domain}.po").is_file()


def key(entry: polib.POEntry) -> tuple[str | None, str, str]:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def placeholder_faults(domain: str, entry: polib.POEntry) -> Iterator[str]:
    """Yield the translations whose placeholders differ from the source. Plural forms may omit some ("one task")."""
    expected = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
    for text in translations(entry):
        used = set(PLACEHOLDER.findall(text))
        if used - expected or (expected - used and not entry.msgid_plural):
            yield f"{domain}.po: placeholders differ: {entry.msgid!r} -> {text!r}"


def compiled_faults(domain: str, kept: Path, texts: dict[tuple[str | None, str, str], polib.POEntry]) -> Iterator[str]:
    file = kept / f"{domain}.mo"
    if not file.is_file():
        yield f"{domain}.mo: missing: run manage.py compilemessages"
        return
    compiled = {key(entry): translations(entry) for entry in polib.mofile(str(file))}
    written = {identity: translations(entry) for identity, entry in texts.items() if entry.translated()}
    if compiled != written:
        yield f"{domain}.mo: differs from {domain}.po: run manage.py compilemessages"


if __name__ == "__main__":
    sys.exit(main())
