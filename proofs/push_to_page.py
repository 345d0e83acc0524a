"""The time from a push until an open page shows it.

Run it with `make proof NAME=push-to-page`; PUSHES=50 gives good figures. A course with one task per push is created
over the API, and the teacher's matrix is open in Chromium. Each push (with the real git client) completes one task and
is announced by a webhook in GitHub's format. The time counts from the response to the webhook until the cell of the
task is shown as done in the page, which is never reloaded.

All pushes go to one repository, a little more than two seconds apart: Atelier synchronizes a repository once in two
seconds, and this wait is not measured. The time of each stage comes from the rows and from the page, by the clock of
this machine. Screenshots before and after are written to the folder that OUT names.
"""

import os
import signal
import sqlite3
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from kernel.testing import child_processes
from kernel.testing.ports import free_port
from proofs.support.from_outside import Program, check, commit_and_push, git, manage, start_atelier, write

ROOT = Path(__file__).resolve().parent.parent
PUSHES = int(os.environ.get("PUSHES", "3"))
OUT = Path(os.environ.get("OUT") or tempfile.mkdtemp(prefix="atelier-push-"))
# Name of a stage -> what happens between the stage before it and this one.
STAGES = {
    "claimed": "a worker claims the repository after the response to the webhook",
    "event_written": "it fetches, reads and matches the commits, and writes the event",
    "delivered": "the event is in the rows of the dashboard",
    "notified": "the page has received the change notifications",
    "requested": "the page requests the row or its fragment",
    "shown": "the page has received it and shows it",
}
# A script for the page. It stores in epoch milliseconds when each cell is first shown as done, and two of the stages.
WATCH_SCRIPT = """() => {
  window.neverReloaded = true; window.doneAt = {}; window.stages = {notified: [], requested: []};
  for (const kind of ["live", "live-rows"])
    document.addEventListener(kind, () => window.stages.notified.push(Date.now()), true);
  document.addEventListener("htmx:beforeSend", () => window.stages.requested.push(Date.now()));
  const checkCells = () => document.querySelectorAll("a.at-cell.is-done, a.at-cell").forEach((cell) => {
    if (cell.querySelector('use[href$="#i-done"]') && !(cell.id in window.doneAt)) window.doneAt[cell.id] = Date.now();
  });
  checkCells(); new MutationObserver(checkCells).observe(document.body, {childList: true, subtree: true});
}"""


def main() -> None:
    from gitsync.tests.gitserver import GitServer

    home = Path(tempfile.mkdtemp(prefix="atelier-push-home-"))
    child_processes.remove_at_end(home)
    (home / "repositories").mkdir()
    server = GitServer(home / "repositories")
    port = free_port()
    atelier = start_atelier(home, port, {"GIT_LOCAL_SERVERS": server.host})
    try:
        people = (
            "from accounts.models import User; "
            "User.objects.create_user('nadia.benali', password='proof-of-a-push', kind='teacher', language='en'); "
            "User.objects.create_user('ines.abdelkader', kind='student', first_name='Inès', last_name='Abdelkader')"
        )
        manage(home, "shell", "-c", people)
        program = Program(f"http://127.0.0.1:{port}", manage(home, "service_token", "proof").strip())
        run(home, program, server)
    finally:
        atelier.send_signal(signal.SIGINT)
        atelier.wait(30)
        server.close()


def run(home: Path, program: Program, server: Any) -> None:
    """Create the course, open the page, push, and print the times."""
    git("init", "--bare", "-q", "-b", "main", "ines.git", cwd=home / "repositories")
    git("config", "http.receivepack", "true", cwd=home / "repositories" / "ines.git")
    url, work = f"http://{server.host}/ines.git", home / "work"
    git("clone", "-q", url, str(work), cwd=home)
    git("checkout", "-q", "-b", "main", cwd=work)
    write(work / "README", "Inès\n")
    commit_and_push(work, "Début")
    tasks = [{"path": "/depot", "title": "Depot", "asks_for": "repository"}]
    tasks += [{"path": f"/depot/ex{number}", "title": f"Exercice {number}"} for number in range(1, PUSHES + 1)]
    course = {"teacher": "nadia.benali", "semester_id": "H2026", "course_id": "Proof", "title": "Proof", "tasks": tasks}
    status, body = program.call(
        "POST", "/api/v1/courses/", course | {"enrolments": [{"username": "ines.abdelkader", "group": "01"}]}
    )
    check(status == 201, f"course set up over the API: {status}")
    wire = {"teacherId": "nadia.benali", "semesterId": "H2026", "courseId": "Proof", "groupId": "01"}
    student = {"studentId": "ines.abdelkader", "repoPath": "/depot", "repoUrl": url}
    status, _ = program.call("POST", "/_git_api", {"_C": "RegisterGitRepo", **wire, **student})
    check(status == 200, f"repository registered over the wire: {status}")
    from kernel.testing.browser import CHROMIUM, FLAGS

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 420})
        sign_in(page, program.base)
        page.goto(f"{program.base}/courses/{body['id']}/")
        page.locator("#live-dot").get_by_text("Live", exact=True).wait_for()
        time.sleep(2)  # the first synchronization ends
        page.evaluate(WATCH_SCRIPT)
        page.screenshot(path=OUT / "before.png")
        times: list[tuple[float, float]] = []
        stages = []
        for number in range(1, PUSHES + 1):
            time.sleep(2.2)  # a repository is synchronized once in 2 s, and this wait is not measured
            times.append(push(page, program, work, url, number))
            stages.append(stage_times(home, page, times[-1]))
        page.screenshot(path=OUT / "after.png")
        check(page.evaluate("window.neverReloaded") is True, "the page was never reloaded")
        requests = page.evaluate("window.stages.requested.length")
        browser.close()
    for name, description in STAGES.items():
        print(f"  {statistics.median(durations[name] for durations in stages):5.0f} ms  {description}")
    print(f"  the page requested rows or its fragment {requests} times")
    took = sorted(shown - answered for answered, shown in times)
    p95 = took[min(len(took) - 1, int(len(took) * 0.95))]
    print(
        f"{PUSHES} pushes, from the response to the webhook until visible: "
        f"p50 {statistics.median(took):.0f} ms, p95 {p95:.0f} ms ({OUT})"
    )


def sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}/sign-in/")
    page.fill("input[name=username]", "nadia.benali")
    page.fill("input[name=password]", "proof-of-a-push")
    page.click("main button[type=submit]")
    page.wait_for_load_state()


def push(page: Page, program: Program, work: Path, url: str, number: int) -> tuple[float, float]:
    """Push once and wait until the page shows it.

    Returns the times of the response to the webhook and of the page, in epoch milliseconds.
    """
    write(work / f"ex{number}" / "Main.java", "class Main {}\n")
    commit_and_push(work, f"Exercice {number} fini")
    head = git("rev-parse", "HEAD", cwd=work).strip()
    before = page.evaluate("Object.keys(window.doneAt).length")
    hook = {"ref": "refs/heads/main", "after": head, "repository": {"clone_url": url}}
    anonymous = Program(program.base)
    status, _ = anonymous.call("POST", "/_git_hook", hook, X_GitHub_Event="push", X_GitHub_Delivery=head)
    answered = time.time() * 1000
    check(status == 200, f"push {number}: webhook {status}") if status != 200 else None
    page.wait_for_function("count => Object.keys(window.doneAt).length > count", arg=before, timeout=20_000)
    return answered, max(page.evaluate("Object.values(window.doneAt)"))


def stage_times(home: Path, page: Page, ends: tuple[float, float]) -> dict[str, float]:
    """Return the milliseconds of each of STAGES for the last push.

    `ends` are the times that `push` returned.
    """
    answered, shown = ends
    database = sqlite3.connect(f"file:{home / 'atelier.sqlite3'}?mode=ro", uri=True)
    (claimed,) = database.execute("SELECT max(started_at) FROM gitsync_clone").fetchone()
    written, delivered = database.execute(
        "SELECT created_at, delivered_at FROM gitsync_outboxevent WHERE kind = 'OnExerciseCompleted' ORDER BY id DESC"
    ).fetchone()
    database.close()
    times = [answered, *(epoch_ms(text) for text in (claimed, written, delivered))]
    times += [
        max(at for at in page.evaluate(f"window.stages.{name}") if at <= shown) for name in ("notified", "requested")
    ]
    times.append(shown)
    return {name: after - before for name, before, after in zip(STAGES, times, times[1:], strict=False)}


def epoch_ms(text: str) -> float:
    """Return epoch milliseconds of a time in SQLite, which is in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000


if __name__ == "__main__":
    main()
