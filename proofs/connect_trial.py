"""A new teacher connects a class of 24 with its forge in Chromium: clicks, keys and seconds to a hooked class.

Run it with `make proof NAME=connect-trial`; ARGS="--pictures var/connect-trial" keeps a picture of each page at 1280
and 390 pixels, light and dark. It starts an empty instance (`manage.py up`, SQLite) and a server that answers as GitLab
documents its API (gitsync/tests/forge_server.py). Its clone addresses are a real `git http-backend`, which wants the
token. The teacher comes by an invitation, makes a course, adds the class from the file of the register, adds a
repository and an exercise, and connects the group of the class. 20 repositories have the name of their student, two are
found by the login of a member, the teacher chooses two, and one belongs to nobody. In the end every repository has one
hook, and the work of all 24 is in the course. A new push then arrives by its hook alone.

It prints the teacher's clicks, keys, pages and minutes up to the forge and from there, and fails at the first page that
is not as expected.
"""

import argparse
import base64
import json
import os
import re
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from kernel.testing import child_processes
from kernel.testing.ports import free_port

ROLES = ("staff", "teacher-before", "teacher")
STUDENTS = 24


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="keep a picture of each page there")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
    from playwright.sync_api import sync_playwright

    from gitsync.tests.forge_server import serving_forge
    from gitsync.tests.gitserver import serving
    from kernel.testing.browser import CHROMIUM, FLAGS
    from kernel.testing.processes import Instance, wait_until
    from proofs.support.first_term_walks import School
    from proofs.support.received_mails import Mailbox
    from proofs.support.walker import Album, Count

    with ExitStack() as running:
        folder = Path(running.enter_context(child_processes.temporary_folder("atelier-connect-trial-")))
        (folder / "git" / "prog1").mkdir(parents=True)
        forge = running.enter_context(serving_forge("gitlab"))
        forge.git = running.enter_context(serving(folder / "git"))
        people, works = make_class(forge)
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        instance = Instance(folder / "home", port, PUBLIC_URL=base, DEMO="0", GIT_LOCAL_SERVERS=forge.host)
        running.callback(instance.end)
        instance.wait_ready()
        first = wait_until(lambda: re.search(r"make yours within a day at (\S+)", instance.log.read_text()))[1]
        playwright = running.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        running.callback(browser.close)
        counts = {role: Count() for role in ROLES}
        album = Album(options.pictures.absolute() if options.pictures else None, dark=True)
        school = School(browser, base, folder, counts, album, Mailbox(folder), has_mail=False, first_address=first)
        faults = walk(school, forge, people, works)
        print(f"{'':16} {'clicks':>7} {'keys':>6} {'pages':>6} {'waited s':>9} {'minutes':>8}")
        for role, count in counts.items():
            figures = f"{count.clicks:7} {count.keys:6} {count.pages:6} {count.waited:9.1f} {count.minutes:8.1f}"
            print(f"{role:16} {figures}")
    for fault in faults:
        print(f"  fault: {fault}")
    print("VERDICT: " + (f"{len(faults)} faults" if faults else f"{STUDENTS} repositories hooked and read"))
    return 1 if faults else 0


def make_class(forge: Any) -> tuple[list[Any], list[Any]]:
    """Put the private repositories of the class on the forge. Return the students and their working copies."""
    from gitsync.tests.forge_server import TOKEN
    from kernel.text.folding import fold_for_search
    from proofs.support import college_files

    basic = base64.b64encode(f"oauth2:{TOKEN}".encode()).decode()
    forge.git.accepted = {f"Basic {basic}": 200}
    people, works = college_files.students(STUDENTS), []
    for number, student in enumerate(people):
        name = re.sub(r"[^a-z]+", "-", fold_for_search(f"{student.first_name} {student.last_name}"))
        members = []
        if number >= 20:
            name = f"projet-{'abcd'[number - 20]}"
            members = [student.number if number < 22 else f"login{number}"]
        forge.add(f"prog1/{name}", *members)
        work = forge.git.create(f"prog1/{name}")
        work.commit("Début", tp1__Main_txt="one\n")
        work.commit("TP 1 fini", tp1__Main_txt="one\ntwo\n")
        work.push()
        works.append(work)
    forge.add("prog1/gabarit")
    return people, works


def walk(school: Any, forge: Any, people: list[Any], works: list[Any]) -> list[str]:
    """Go from the invitation to the work of the class. Return a sentence for each fault of a page."""
    from gitsync.tests.forge_server import TOKEN
    from proofs.support import college_files
    from proofs.support import first_term_walks as term

    staff = term.make_first_staff(school)
    term.add_person(staff, "Add a teacher", "marie.cote", "Marie", "Côté")
    staff.follow("Open the mail with the link", "mails-of-teacher")
    teacher = term.comes_by_link(school, "teacher-before", term.link_of_first_mail(staff))
    term.make_course(teacher)
    register = school.folder / "Étudiants A2026.csv"
    college_files.write_register(register, people)
    teacher.follow("Roster", "roster", within=".at-tabs")
    term.send_file(teacher, register, f"Apply {len(people)} lines", "register")
    teacher.follow("Open the roster", "roster-full")
    add_tasks(teacher)

    teacher.role, teacher.count = "teacher", school.counts["teacher"]
    teacher.follow("Repositories", "repositories", within=".at-tabs")
    teacher.follow("Connect a forge", "forge-new")
    teacher.type("Address of your own server", forge.url)
    teacher.type("Organisation, group or workspace", "prog1")
    teacher.type("Token", TOKEN)
    teacher.picture("forge-filled-in")
    teacher.press("Read the list of repositories", "forge-listing")
    teacher.waits_for("Waits for your confirmation", "forge-proposed")
    teacher.sees("25 repositories found; 22 of 24 students have one.")
    teacher.follow(f"To settle {25 - 22}", "forge-to-settle")
    for name, student in (("projet-c", people[22]), ("projet-d", people[23])):
        teacher.type(f"Student of prog1/{name}", student.number)
    teacher.press("Register them and install the hooks", "forge-installing")
    teacher.waits_for("Done", "forge-done")
    teacher.sees("24 installed")
    teacher.follow("Repositories", "repositories-after", within=".at-tabs")
    teacher.follow("Matrix", "matrix", within=".at-tabs")
    wait_for_work(teacher, STUDENTS, "matrix-read")
    check_hooks(forge, STUDENTS)
    push_and_deliver(forge, works[0])
    teacher.follow("Repositories", "repositories-at-the-end", within=".at-tabs")
    return [*staff.faults, *teacher.faults]


def add_tasks(teacher: Any) -> None:
    """Add the repository and one exercise in it."""
    teacher.follow("Tasks", "tasks", within=".at-tabs")
    teacher.follow_first("a[href$='tasks/new/']", "new-task")
    teacher.type("Title", "Dépôt")
    teacher.type("Path", "/depot")
    teacher.choose("Asks for", "A repository")
    teacher.press("Add the task", "tasks-1")
    teacher.follow_first("a[href$='tasks/new/']", "new-exercise")
    teacher.type("Title", "TP 1")
    teacher.type("Path", "/depot/tp1")
    teacher.press("Add the task", "tasks-2")


def wait_for_work(teacher: Any, number: int, name: str) -> None:
    """Wait until the open page of the course shows that so many students have completed the exercise."""
    began = time.monotonic()
    teacher.page.wait_for_function(
        "number => document.querySelectorAll('main .at-done').length >= number", arg=number, timeout=120_000
    )
    teacher.count.waited += time.monotonic() - began
    teacher.picture(name)


def check_hooks(forge: Any, number: int) -> None:
    urls = [url for hooks in forge.hook_urls() for url in hooks]
    assert len(urls) == number, urls
    assert len(set(urls)) == 1, urls
    print(f"{len(urls)} repositories have one hook each; {len(forge.requests)} requests to the forge")


def push_and_deliver(forge: Any, work: Any) -> None:
    """Push a commit, and send the hook as the forge does, with its secret."""
    from gitsync.tests import forge_shapes

    work.commit("TP 1 encore", at=int(time.time()), tp1__Main_txt="one\ntwo\nthree\n")
    work.push()
    row = next(row for row in forge.repositories if row.hooks)
    (hook,) = row.hooks.values()
    body = {
        "object_kind": "push",
        "ref": "refs/heads/main",
        "after": work.head(),
        "project": {"id": row.number, "git_http_url": f"{forge.url}/{row.full_name}.git"},
    }
    headers = {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": forge_shapes.hook_secret("gitlab", hook)}
    request = urllib.request.Request(
        forge_shapes.hook_url("gitlab", hook),
        json.dumps(body).encode(),
        {"Content-Type": "application/json", **headers},
    )
    fetches, began = len(forge.git.requests), time.monotonic()
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 202, answer.status
    while len(forge.git.requests) == fetches:
        assert time.monotonic() - began < 30, "the push was not read"
        time.sleep(0.02)
    print(f"a push is fetched {time.monotonic() - began:.2f} s after its hook")


if __name__ == "__main__":
    sys.exit(main())
