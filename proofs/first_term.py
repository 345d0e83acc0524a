#!/usr/bin/env python3
"""A school begins a term on an empty installation, by clicking and typing in Chromium: how many clicks and minutes?

Run it with `make proof NAME=first-term`; ARGS="--pictures var/first-term" keeps a picture of each page at 1280 and 390
pixels. It starts an empty instance (`manage.py up`, SQLite) twice: with a mail server (aiosmtpd, a process of its own)
and without one. A staff member makes the first account at the printed address, takes the first steps and adds a
teacher. The teacher comes by the invitation, makes a course, adds 120 students from the `;` file of a college (Windows'
latin-1) and sends the same class again as a workbook with other columns: only the differences may change. A student
comes by the link of the mail, forgets the password and gets a new one by mail, and an assistant comes. Without a mail
server, the teacher comes by the link on the page of mails, and the student and the assistant by printed codes.

It prints what each role has done, and fails at the first page that is not as expected. Pages with an error on the
console, a failed request or more than 3 s of waiting are named at the end.
"""

import argparse
import os
import re
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from kernel.testing import child_processes
from kernel.testing.ports import free_port

ROLES = ("staff", "teacher", "student", "assistant")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="keep a picture of each page there")
    parser.add_argument("--only", choices=("mail", "no-mail"), help="one of the two runs")
    options = parser.parse_args()
    faults: list[str] = []
    for kind in ("mail", "no-mail"):
        if options.only in (None, kind):
            faults += run(kind, options.pictures)
    for fault in faults:
        print(f"  fault: {fault}")
    print("VERDICT: " + (f"{len(faults)} faults" if faults else "a term began, with clicks alone"))
    return 1 if faults else 0


def run(kind: str, pictures: Path | None) -> list[str]:
    """Walk through one installation. Return a sentence for each fault of a page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
    from playwright.sync_api import sync_playwright

    from kernel.testing.browser import CHROMIUM, FLAGS
    from kernel.testing.processes import Instance, wait_until
    from proofs.support.first_term_walks import School, walk_with_mail, walk_without_mail
    from proofs.support.received_mails import Mailbox
    from proofs.support.walker import Album, Count

    with ExitStack() as running:
        folder = Path(running.enter_context(child_processes.temporary_folder("atelier-first-term-")))
        port, variables, taken = free_port(), {}, folder / "taken"
        if kind == "mail":
            variables["EMAIL_URL"] = f"smtp://127.0.0.1:{start_mail_server(running, taken)}"
        base = f"http://127.0.0.1:{port}"
        instance = Instance(folder / "home", port, PUBLIC_URL=base, DEMO="0", **variables)
        running.callback(instance.end)
        instance.wait_ready()
        first = wait_until(lambda: re.search(r"make yours within a day at (\S+)", instance.log.read_text()))[1]
        playwright = running.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        running.callback(browser.close)
        counts = {role: Count() for role in ROLES}
        album = Album(pictures.absolute() / kind if pictures else None)
        school = School(browser, base, folder, counts, album, Mailbox(taken), kind == "mail", first)
        print(f"\nAn empty installation, {'with a mail server' if kind == 'mail' else 'without any mail server'}")
        began = time.monotonic()
        (walk_with_mail if kind == "mail" else walk_without_mail)(school)
        print(f"\n{'role':12} {'clicks':>7} {'keys':>6} {'pages':>6} {'waited s':>9} {'minutes':>8}")
        for role, count in counts.items():
            figures = f"{count.clicks:7} {count.keys:6} {count.pages:6} {count.waited:9.1f} {count.minutes:8.1f}"
            print(f"{role:12} {figures}")
        print(f"({time.monotonic() - began:.0f} s for this machine, pictures included)")
        return school.faults


def start_mail_server(running: ExitStack, taken: Path) -> int:
    """Start the mail server, and return its port."""
    import subprocess

    port = free_port()
    taken.mkdir()
    server = child_processes.start(
        [sys.executable, "mail/tests/smtp_server.py", str(port), str(taken)],
        cwd=Path(__file__).resolve().parent.parent,
        stdout=subprocess.PIPE,
    )
    running.callback(server.wait, 15)
    running.callback(server.terminate)
    server.stdout.readline()
    return port


if __name__ == "__main__":
    sys.exit(main())
