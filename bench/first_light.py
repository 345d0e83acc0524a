"""First light, shown from outside: `make proof-first-light`.

Starts Atelier in a temporary data folder, a Git server (`git http-backend`) and a remote dashboard (a plain HTTP
server that records what it is told). Then everything goes over HTTP alone, as any program would: a course with an
exercise, two repositories of which one cannot be reached, a push with the real git client, a GitHub-shaped hook,
bookings. Each claim is compared with an oracle (`git log --numstat`, the database of events) and printed; the first
claim that does not hold ends the run with exit code 1.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
COURSE = {"teacherId": "nadia.benali", "semesterId": "H2026", "courseId": "IntroProg", "groupId": "01"}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def claim(holds: bool, sentence: str) -> None:
    print(("  ok   " if holds else "  NOT  ") + sentence, flush=True)
    if not holds:
        raise SystemExit(1)


class RemoteDashboard(ThreadingHTTPServer):
    """Keeps every message posted to /_http/messages/, in the order of receipt."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        super().__init__(("127.0.0.1", 0), _DashboardHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def wait_for(self, count: int, seconds: float = 60) -> list[dict[str, Any]]:
        deadline = time.monotonic() + seconds
        while len(self.messages) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return [body for _, body in self.messages]


class _DashboardHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        good = self.path == "/_http/messages/" and self.headers.get("Authorization") == "Bearer remote-secret"
        if good:
            self.server.messages.append((self.headers["X-Event-Id"], body))  # type: ignore[attr-defined]
        self.send_response(200 if good else 403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None: ...


class Program:
    """A program that speaks JSON over HTTP with a bearer, and nothing else."""

    def __init__(self, base: str, token: str = "") -> None:
        self.base, self.token = base, token

    def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, raw = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, raw = error.code, error.read()
        try:
            return status, json.loads(raw)
        except ValueError:
            return status, raw.decode(errors="replace")


def git(*words: str, cwd: Path, when: int | None = None) -> str:
    env = os.environ | {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_NAME": "Inès",
        "GIT_AUTHOR_EMAIL": "ines@school.example",
        "GIT_COMMITTER_NAME": "Inès",
        "GIT_COMMITTER_EMAIL": "ines@school.example",
    }
    if when is not None:
        env |= {"GIT_AUTHOR_DATE": f"{when} +0000", "GIT_COMMITTER_DATE": f"{when} +0000"}
    return subprocess.run(["git", *words], cwd=cwd, env=env, check=True, capture_output=True, text=True).stdout


def numstat(work: Path) -> dict[str, dict[str, int]]:
    """sha -> path -> insertions + deletions, as git itself counts."""
    rows: dict[str, dict[str, int]] = {}
    sha = ""
    for part in (
        git("log", "--numstat", "-z", "--no-renames", "--format=commit:%H", cwd=work).replace("\n", "\0").split("\0")
    ):
        if part.startswith("commit:"):
            sha = part.removeprefix("commit:")
            rows[sha] = {}
        elif part.strip():
            added, removed, path = part.split("\t")
            rows[sha][path] = 0 if added == "-" else int(added) + int(removed)
    return rows


def start_atelier(home: Path, port: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env |= {"ATELIER_HOME": str(home), "PORT": str(port), "DEMO": "0", **environment}
    log = (home / "up.log").open("wb")
    process = subprocess.Popen([sys.executable, "manage.py", "up"], cwd=ROOT, env=env, stdout=log, stderr=log)
    started = time.monotonic()
    while time.monotonic() - started < 90:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=2)
            return process
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    print((home / "up.log").read_text()[-3000:])
    raise SystemExit("Atelier did not start")


def manage(home: Path, *words: str) -> str:
    env = os.environ | {"ATELIER_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=env, check=True, capture_output=True, text=True
    ).stdout


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from gitsync.tests.gitserver import GitServer

    home = Path(tempfile.mkdtemp(prefix="atelier-first-light-"))
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
        show_git(home, Program(f"http://127.0.0.1:{port}"), git_server, repositories, dashboard)
        show_farm(home, Program(f"http://127.0.0.1:{port}"))
    finally:
        atelier.send_signal(signal.SIGINT)
        atelier.wait(30)
        dashboard.shutdown()
        git_server.close()
    print("first light: every claim held")


def show_git(home: Path, anonymous: Program, git_server: Any, repositories: Path, dashboard: RemoteDashboard) -> None:
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
    claim(status == 200 and isinstance(body["request_id"], int), f"RegisterExercise: {status} {body}")
    for student, address in (("ines.abdelkader", url), ("jorg.weiss", f"http://{git_server.host}/nowhere.git")):
        message = {"_C": "RegisterGitRepo", **COURSE, "studentId": student, "repoPath": "/tp1", "repoUrl": address}
        status, body = program.call("POST", "/_git_api/", message)
        claim(status == 200, f"RegisterGitRepo of {student}: {status} {body}")
    status, body = anonymous.call("POST", "/_git_api", {"_C": "RegisterExercise", **COURSE, **exercise})
    claim(status == 401, f"a stranger is refused: {status} {body['error']['code']}")
    kinds = [(event["_C"], event.get("studentId")) for event in dashboard.wait_for(3)]
    expected = {("OnClone", "ines.abdelkader"), ("OnNewCommits", "ines.abdelkader"), ("OnCloneFailed", "jorg.weiss")}
    claim(set(kinds) == expected and len(kinds) == 3, f"the remote dashboard heard: {kinds}")

    print("Pushing with git, then the hook")
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
    claim(status == 200, f"hook: {status} {body} in {answered * 1000:.0f} ms")
    events = dashboard.wait_for(6)
    told = time.monotonic() - started
    print("  the remote dashboard's log, in order:")
    for number, event in enumerate(events, 1):
        details = " ".join(str(event[key]) for key in ("studentId", "exercisePath", "reason") if key in event)
        print(f"    {number}. {event['_C']:<20} {details}")
    kinds = [event["_C"] for event in events[3:]]
    claim(
        kinds == ["OnPull", "OnNewCommits", "OnExerciseCompleted"],
        f"after the push: {kinds}, all told {told * 1000:.0f} ms after the hook",
    )
    commit = events[4]["commits"][0]
    claim(commit["exercisePathIfCompleted"] == "/tp1/exercice1", "the commit's message completes /tp1/exercice1")
    matched = {file["path"]: file["exercisePath"] for file in commit["modifiedFiles"]}
    claim(matched["/exercice01/Main.java"] == "/tp1/exercice1", f"files are matched to exercises: {matched}")

    print("Line counts against git log --numstat")
    request = {"_C": "GetCommitsForRepo", **COURSE, "studentId": "ines.abdelkader", "repoPath": "/"}
    status, model = program.call("POST", "/_git_api", request)
    ours = {
        row["commitId"]: {file["path"].lstrip("/"): file["estimatedEffort"] for file in row["modifiedFiles"]}
        for row in model["commits"]["value"]
    }
    claim(
        status == 200 and ours == numstat(work),
        f"GetCommitsForRepo equals git: {len(ours)} commits, {sum(map(len, ours.values()))} file rows",
    )


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def commit_and_push(work: Path, message: str) -> None:
    git("add", "-A", cwd=work)
    git("commit", "-q", "-m", message, cwd=work)
    git("push", "-q", "origin", "main", cwd=work)


def show_farm(home: Path, anonymous: Program) -> None:
    print("The farm")
    program = Program(anonymous.base, manage(home, "service_token", "first-light").strip())
    code = "from accounts.models import User; User.objects.get_or_create(username='remi', defaults={'kind': 'student'})"
    manage(home, "shell", "-c", code)
    status, machine = program.call("POST", "/Ressource", {"quantiteGPU": 4, "quantiteMemoire": 64})
    claim(status == 201, f"POST /Ressource: {status} {machine}")
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
    claim(status == 201, f"3 of 4 GPUs: {status} {body}")
    status, body = book(2)
    missing = body["error"]["missing"]
    claim(
        status == 409 and missing,
        f"2 more: {status}, missing {missing}, {len(body['error']['alternatives'])} alternatives",
    )
    with ThreadPoolExecutor(32) as pool:
        answers = [status for status, _ in pool.map(lambda _: book(1), range(32))]
    counts = {status: answers.count(status) for status in sorted(set(answers))}
    claim(counts == {201: 1, 409: 31}, f"32 at once for the last GPU: {counts}")


if __name__ == "__main__":
    main()
