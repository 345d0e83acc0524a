"""From a push to an open page: `make proof NAME=push-to-page` (PUSHES=50 for the figures).

A course with one task per push is set up over the API; the teacher's matrix is open in Chromium. Each push (the real
git client) completes one task and is announced by a GitHub-shaped hook; what is timed is from the hook's answer to
the cell that reads done in the open page, which is never reloaded. The pushes go to one repository, a little more than
two seconds apart: the product looks at an address once in two seconds, and that wait is not what is timed. Where the
time goes is read from the rows and from the page, by the one clock of this machine. Screenshots before and after go to
the folder that OUT names.
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

from proofs.support.from_outside import Program, claim, commit_and_push, free_port, git, manage, start_atelier, write

ROOT = Path(__file__).resolve().parent.parent
PUSHES = int(os.environ.get("PUSHES", "3"))
OUT = Path(os.environ.get("OUT") or tempfile.mkdtemp(prefix="atelier-push-"))
# What passed since the stage before it.
STAGES = {
    "claimed": "answered -> a worker has it",
    "owed": "fetched, read, matched, the event owed",
    "delivered": "in the dashboard's rows",
    "told": "the page was told, and has gathered what it was told",
    "asked": "the page asks for what it shows",
    "shown": "answered, swapped in, seen",
}
# Each change of the page notes when a task's cell first read "done", in epoch milliseconds; and the page's own stages.
WATCH = """() => {
  window.neverReloaded = true; window.doneAt = {}; window.stages = {told: [], asked: []};
  document.addEventListener("live", () => window.stages.told.push(Date.now()), true);
  document.addEventListener("htmx:beforeSend", () => window.stages.asked.push(Date.now()));
  const look = () => document.querySelectorAll("a.at-cell.is-done, a.at-cell").forEach((cell) => {
    if (cell.querySelector('use[href="#i-done"]') && !(cell.id in window.doneAt)) window.doneAt[cell.id] = Date.now();
  });
  look(); new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
}"""


def main() -> None:
    from gitsync.tests.gitserver import GitServer

    home = Path(tempfile.mkdtemp(prefix="atelier-push-home-"))
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
        show(home, program, server)
    finally:
        atelier.send_signal(signal.SIGINT)
        atelier.wait(30)
        server.close()


def show(home: Path, program: Program, server: Any) -> None:
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
    claim(status == 201, f"course set up over the API: {status}")
    wire = {"teacherId": "nadia.benali", "semesterId": "H2026", "courseId": "Proof", "groupId": "01"}
    student = {"studentId": "ines.abdelkader", "repoPath": "/depot", "repoUrl": url}
    status, _ = program.call("POST", "/_git_api", {"_C": "RegisterGitRepo", **wire, **student})
    claim(status == 200, f"repository registered over the wire: {status}")
    from kernel.testing.browser import CHROMIUM, FLAGS

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 420})
        sign_in(page, program.base)
        page.goto(f"{program.base}/courses/{body['id']}/")
        page.locator("#live-dot").get_by_text("Live", exact=True).wait_for()
        time.sleep(2)  # the first import settles
        page.evaluate(WATCH)
        page.screenshot(path=OUT / "before.png")
        times: list[tuple[float, float]] = []
        stages = []
        for number in range(1, PUSHES + 1):
            time.sleep(2.2)  # an address is looked at once in 2 s: the wait for that is not what is timed
            times.append(push(page, program, work, url, number))
            stages.append(stages_of(home, page, times[-1]))
        page.screenshot(path=OUT / "after.png")
        claim(page.evaluate("window.neverReloaded") is True, "the page was never reloaded")
        asked = page.evaluate("window.stages.asked.length")
        browser.close()
    for name, words in STAGES.items():
        print(f"  {statistics.median(one[name] for one in stages):5.0f} ms  {words}")
    print(f"  the page asked {asked} times for what it shows")
    took = sorted(shown - answered for answered, shown in times)
    p95 = took[min(len(took) - 1, int(len(took) * 0.95))]
    print(f"{PUSHES} pushes, hook answered -> visible: p50 {statistics.median(took):.0f} ms, p95 {p95:.0f} ms ({OUT})")


def sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}/sign-in/")
    page.fill("input[name=username]", "nadia.benali")
    page.fill("input[name=password]", "proof-of-a-push")
    page.click("main button[type=submit]")
    page.wait_for_load_state()


def push(page: Page, program: Program, work: Path, url: str, number: int) -> tuple[float, float]:
    """One push; when its hook was answered and when the page showed it, in epoch milliseconds."""
    write(work / f"ex{number}" / "Main.java", "class Main {}\n")
    commit_and_push(work, f"Exercice {number} fini")
    head = git("rev-parse", "HEAD", cwd=work).strip()
    before = page.evaluate("Object.keys(window.doneAt).length")
    hook = {"ref": "refs/heads/main", "after": head, "repository": {"clone_url": url}}
    anonymous = Program(program.base)
    status, _ = anonymous.call("POST", "/_git_hook", hook, X_GitHub_Event="push", X_GitHub_Delivery=head)
    accepted = time.time() * 1000
    claim(status == 200, f"push {number}: hook {status}") if status != 200 else None
    page.wait_for_function("count => Object.keys(window.doneAt).length > count", arg=before, timeout=20_000)
    return accepted, max(page.evaluate("Object.values(window.doneAt)"))


def stages_of(home: Path, page: Page, ends: tuple[float, float]) -> dict[str, float]:
    """Milliseconds of each of STAGES, of the push that was shown last."""
    answered, shown = ends
    database = sqlite3.connect(f"file:{home / 'atelier.sqlite3'}?mode=ro", uri=True)
    (claimed,) = database.execute("SELECT max(started_at) FROM gitsync_clone").fetchone()
    owed, delivered = database.execute(
        "SELECT created_at, delivered_at FROM gitsync_outboxevent WHERE kind = 'OnExerciseCompleted' ORDER BY id DESC"
    ).fetchone()
    database.close()
    moments = [answered, *(epoch_ms(text) for text in (claimed, owed, delivered))]
    moments += [max(at for at in page.evaluate(f"window.stages.{name}") if at <= shown) for name in ("told", "asked")]
    moments.append(shown)
    return {name: after - before for name, before, after in zip(STAGES, moments, moments[1:], strict=False)}


def epoch_ms(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000


if __name__ == "__main__":
    main()
