"""The main functions of a new instance, used over HTTP and Git alone.

Run it with `make proof NAME=first-light`. It starts Atelier in a temporary data folder, a Git server (`git
http-backend`) and a remote dashboard (an HTTP server that records what it receives). Then it acts as an external
program: it creates a course with an exercise and two repositories, of which one cannot be reached, pushes with the real
git client, sends a webhook in GitHub's format, and books machines. Each result is printed and compared with the
expected one: for Git with `git log --numstat -z --no-renames`, for the four requests field by field. The first check
that fails ends the run with exit code 1.
"""

import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kernel.testing import child_processes
from kernel.testing.ports import free_port
from proofs.support.expected_answers import COURSE, commit_list, compare, summary, touches
from proofs.support.from_outside import (
    Program,
    RemoteDashboard,
    check,
    commit,
    commit_and_push,
    git,
    git_log,
    manage,
    next_second,
    start_atelier,
    write,
)

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    from gitsync.tests.gitserver import GitServer

    home = Path(tempfile.mkdtemp(prefix="atelier-first-light-"))
    child_processes.remove_at_end(home)
    repositories = home / "repositories"
    repositories.mkdir()
    git_server = GitServer(repositories)
    dashboard = RemoteDashboard()
    port = free_port()
    atelier = start_atelier(
        home,
        port,
        {
            "GIT_LOCAL_SERVERS": git_server.host,
            "DASHBOARD_URL": f"http://127.0.0.1:{dashboard.server_port}",
            "DASHBOARD_TOKEN": "remote-secret",
        },
    )
    try:
        check_git(home, Program(f"http://127.0.0.1:{port}"), git_server, repositories, dashboard)
        check_farm(home, Program(f"http://127.0.0.1:{port}"))
    finally:
        atelier.send_signal(signal.SIGINT)
        atelier.wait(30)
        dashboard.shutdown()
        git_server.close()
    print("first light: every check passed")


def check_git(home: Path, anonymous: Program, git_server: Any, repositories: Path, dashboard: RemoteDashboard) -> None:
    """Register two repositories, push, send the webhook, and check the events and requests.

    `anonymous` has no token. `repositories` is the folder of the Git server.
    """
    program = Program(anonymous.base, manage(home, "service_token", "first-light").strip())
    git("init", "--bare", "-q", "-b", "main", "ines.git", cwd=repositories)
    git("config", "http.receivepack", "true", cwd=repositories / "ines.git")
    url = f"http://{git_server.host}/ines.git"
    work = home / "work"
    git("clone", "-q", url, str(work), cwd=home)
    git("checkout", "-q", "-b", "main", cwd=work)
    write(work / "exercice01" / "Main.java", "class Main {\n}\n")
    (work / "logo.bin").write_bytes(bytes(range(256)))
    commit_and_push(work, "Début")

    print("Registering over /_git_api")
    exercise = {
        "exercisePath": "/tp1/exercice1",
        "repoPath": "/tp1",
        "sourceFolderPath": "/exercice01",
        "completionKeywords": "Exercice 1",
    }
    status, body = program.call("POST", "/_git_api", {"_C": "RegisterExercise", **COURSE, **exercise})
    check(status == 200 and isinstance(body["request_id"], int), f"RegisterExercise: {status} {body}")
    for student, address in (("ines.abdelkader", url), ("jorg.weiss", f"http://{git_server.host}/nowhere.git")):
        message = {"_C": "RegisterGitRepo", **COURSE, "studentId": student, "repoPath": "/tp1", "repoUrl": address}
        status, body = program.call("POST", "/_git_api/", message)
        check(status == 200, f"RegisterGitRepo of {student}: {status} {body}")
    status, body = anonymous.call("POST", "/_git_api", {"_C": "RegisterExercise", **COURSE, **exercise})
    check(status == 401, f"a request without a token is refused: {status} {body['error']['code']}")
    kinds = [(event["_C"], event.get("studentId")) for event in dashboard.wait_for(3)]
    expected = {("OnClone", "ines.abdelkader"), ("OnNewCommits", "ines.abdelkader"), ("OnCloneFailed", "jorg.weiss")}
    check(set(kinds) == expected and len(kinds) == 3, f"the remote dashboard received: {kinds}")

    print("Pushing with git, then sending the webhook")
    add_history(work)
    write(work / "exercice01" / "Main.java", "class Main {\n  int x;\n  int y;\n}\n")
    write(work / "Lisez-moi.txt", "TP 1\n")
    commit_and_push(work, "Exercice 1 terminé")
    head = git("rev-parse", "HEAD", cwd=work).strip()
    hook = {
        "ref": "refs/heads/main",
        "before": "0" * 40,
        "after": head,
        "repository": {"id": 1, "full_name": "ines", "clone_url": url},
    }
    started = time.monotonic()
    status, body = anonymous.call("POST", "/_git_hook", hook, X_GitHub_Event="push", X_GitHub_Delivery=f"first-{head}")
    answered = time.monotonic() - started
    check(status == 200, f"webhook: {status} {body} in {answered * 1000:.0f} ms")
    events = dashboard.wait_for(6)
    delivered = time.monotonic() - started
    print("  the remote dashboard's log, in order:")
    for number, event in enumerate(events, 1):
        details = " ".join(str(event[key]) for key in ("studentId", "exercisePath", "reason") if key in event)
        print(f"    {number}. {event['_C']:<20} {details}")
    kinds = [event["_C"] for event in events[3:]]
    check(
        kinds == ["OnPull", "OnNewCommits", "OnExerciseCompleted"],
        f"after the push: {kinds}, all delivered {delivered * 1000:.0f} ms after the webhook",
    )
    new_commit = next(entry for entry in events[4]["commits"] if entry["commitId"] == head)
    check(new_commit["exercisePathIfCompleted"] == "/tp1/exercice1", "the commit's message completes /tp1/exercice1")
    matched = {file["path"]: file["exercisePath"] for file in new_commit["modifiedFiles"]}
    check(matched["/exercice01/Main.java"] == "/tp1/exercice1", f"files are matched to exercises: {matched}")

    check_requests(program, work)


def add_history(work: Path) -> None:
    """Add commits at their real time, each in a second of its own.

    They have a branch and its merge, a changed and a deleted file, and a message of several lines.
    """
    git("checkout", "-q", "-b", "essai", cwd=work)
    write(work / "exercice01" / "Été.java", "class Été {}\n")
    commit(work, "Essai d'été\n\nAvec un corps\nde deux lignes.")
    git("checkout", "-q", "main", cwd=work)
    (work / "logo.bin").write_bytes(bytes(range(255)))
    commit(work, "Logo")
    next_second()
    git("merge", "-q", "--no-ff", "-m", "Fusion", "essai", cwd=work)
    (work / "exercice01" / "Été.java").unlink()
    commit(work, "Sans été")
    next_second()


def check_requests(program: Program, work: Path) -> None:
    """Compare the whole answer to each of the four requests with the same data from git."""
    print("The four requests, compared with git log")
    next_second()  # then a deadline at the last commit has passed; nobody is late before
    commits = sorted(git_log(work), key=lambda entry: (entry.author_time, entry.sha))
    ids = {**COURSE, "studentId": "ines.abdelkader"}
    status, model = program.call("POST", "/_git_api", {"_C": "GetCommitsForRepo", **ids, "repoPath": "/"})
    compare("GetCommitsForRepo", status, model, commit_list(ids, {"repoPath": "/"}, commits))
    for path, recursive in (("/tp1/exercice1", True), ("/tp1", True), ("/tp1", False), ("/", True)):
        body = {"exercisePath": path, "recursive": recursive}
        status, model = program.call("POST", "/_git_api", {"_C": "GetCommitsForExercise", **ids, **body})
        matching = [entry for entry in commits if touches(entry)] if recursive or path == "/tp1/exercice1" else []
        expected = commit_list(ids, {"exercisePath": path}, matching)
        compare(f"GetCommitsForExercise {path}{'' if recursive else ', not recursive'}", status, model, expected)
    period = {"fromDate": commits[1].author_time, "toDate": commits[2].author_time}
    status, model = program.call("POST", "/_git_api", {"_C": "GetCommitsForRepo", **ids, "repoPath": "/", **period})
    within = [entry for entry in commits if period["fromDate"] <= entry.author_time <= period["toDate"]]
    compare("GetCommitsForRepo of a period", status, model, commit_list(ids, {"repoPath": "/"}, within, period))
    times = sorted(entry.committer_time for entry in commits if touches(entry))
    completion = min(entry.committer_time for entry in commits if entry.completes)
    for deadline in sorted({times[0], completion - 1, completion, times[-1]}):
        request = {**COURSE, "exercisePath": "/tp1/exercice1", "deadline": deadline}
        late = [] if completion <= deadline else ["ines.abdelkader"]
        status, model = program.call("POST", "/_git_api", {"_C": "GetLateStudents", **request})
        expected = {"_C": "LateStudentsModel", **request, "studentIds": [*late, "jorg.weiss"]}
        compare(f"GetLateStudents, deadline {deadline - times[0]:+d} s", status, model, expected)
        before = max((time for time in times if time <= deadline), default=0)
        after = max((time for time in times if time > deadline), default=0)
        summaries = [
            summary("ines.abdelkader", before, after, completed=True, in_time=not late),
            summary("jorg.weiss", 0, 0, completed=False, in_time=False),
        ]
        status, model = program.call("POST", "/_git_api", {"_C": "GetStudentSummaries", **request})
        expected = {"_C": "StudentSummariesModel", **request, "summaries": summaries}
        compare(f"GetStudentSummaries, deadline {deadline - times[0]:+d} s", status, model, expected)


def check_farm(home: Path, anonymous: Program) -> None:
    """Add a machine and book it: within its capacity, above it, and 32 times at once."""
    print("The farm")
    program = Program(anonymous.base, manage(home, "service_token", "first-light").strip())
    code = "from accounts.models import User; User.objects.get_or_create(username='remi', defaults={'kind': 'student'})"
    manage(home, "shell", "-c", code)
    status, machine = program.call("POST", "/Ressource", {"quantiteGPU": 4, "quantiteMemoire": 64})
    check(status == 201, f"POST /Ressource: {status} {machine}")
    start = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)

    def book(gpus: int, name: str = "remi") -> tuple[int, Any]:
        return program.call(
            "POST",
            "/Reservation",
            {
                "nomUtilisateur": name,
                "date_debut": start.strftime("%Y-%m-%d %H:%M:%S"),
                "date_fin": (start + timedelta(hours=4)).strftime("%Y-%m-%d %H:%M:%S"),
                "lignes": [{"idRessource": machine["id"], "nbGPU": gpus, "nbMemoire": 8}],
            },
        )

    status, body = book(3)
    check(status == 201, f"3 of 4 GPUs: {status} {body}")
    status, body = book(2)
    missing = body["error"]["missing"]
    check(
        status == 409 and missing,
        f"2 more: {status}, missing {missing}, {len(body['error']['alternatives'])} alternatives",
    )
    with ThreadPoolExecutor(32) as pool:
        answers = [status for status, _ in pool.map(lambda _: book(1), range(32))]
    counts = {status: answers.count(status) for status in sorted(set(answers))}
    check(counts == {201: 1, 409: 31}, f"32 simultaneous bookings of the last GPU: {counts}")


if __name__ == "__main__":
    main()
