"""Helpers for proofs that use an instance only over HTTP and Git.

They start an instance, act as a program with a token, as a remote dashboard and as a Git client, and compare JSON.
"""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from kernel.testing import child_processes

ROOT = Path(__file__).resolve().parent.parent.parent


def check(holds: bool, sentence: str) -> None:
    """Print the sentence, and end the proof when it does not hold."""
    print(("  ok   " if holds else "  NOT  ") + sentence, flush=True)
    if not holds:
        raise SystemExit(1)


class RemoteDashboard(ThreadingHTTPServer):
    """A dashboard on this machine that stores every message posted to /_http/messages/.

    `messages` has (event id, body) in the order of receipt.
    """

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        super().__init__(("127.0.0.1", 0), _DashboardHandler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def wait_for(self, count: int, seconds: float = 60) -> list[dict[str, Any]]:
        """Wait until there are `count` messages, and return the bodies of all messages.

        After `seconds` it returns those that have arrived.
        """
        deadline = time.monotonic() + seconds
        while len(self.messages) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return [body for _, body in self.messages]


class _DashboardHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        accepted = self.path == "/_http/messages/" and self.headers.get("Authorization") == "Bearer remote-secret"
        if accepted:
            self.server.messages.append((self.headers["X-Event-Id"], body))  # type: ignore[attr-defined]
        self.send_response(200 if accepted else 403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None: ...


class Program:
    """A program that sends JSON over HTTP. `base` is the URL of the instance."""

    def __init__(self, base: str, token: str = "") -> None:
        self.base, self.token = base, token

    def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Send a request, and return (status, body).

        The body is parsed JSON, or text when it is not JSON. `X_Name="…"` is sent as the header X-Name.
        """
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


def git(*arguments: str, cwd: Path, when: int | None = None) -> str:
    """Run git as Inès in the folder `cwd`, and return its output. Raises CalledProcessError.

    `when` is the time of a commit in epoch seconds.
    """
    env = os.environ | {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_NAME": "Inès",
        "GIT_AUTHOR_EMAIL": "ines@school.example",
        "GIT_COMMITTER_NAME": "Inès",
        "GIT_COMMITTER_EMAIL": "ines@school.example",
    }
    if when is not None:
        env |= {"GIT_AUTHOR_DATE": f"{when} +0000", "GIT_COMMITTER_DATE": f"{when} +0000"}
    return subprocess.run(["git", *arguments], cwd=cwd, env=env, check=True, capture_output=True, text=True).stdout


@dataclass
class GitCommit:
    """A commit as `git log` prints it. The times are epoch seconds.

    `files` is path -> insertions + deletions, 0 for a binary file.
    """

    sha: str
    author_time: int
    committer_time: int
    message: str
    files: dict[str, int] = field(default_factory=dict)

    @property
    def completes(self) -> bool:
        """Whether the message completes the exercise of these proofs."""
        return self.message.startswith("Exercice 1")


def git_log(work: Path) -> list[GitCommit]:
    """Return every commit of the branch with the line counts of git, parents first."""
    output = git(
        "log",
        "--reverse",
        "--topo-order",
        "--numstat",
        "-z",
        "--no-renames",
        "--format=%x01%H%x02%at%x02%ct%x02%B%x03",
        cwd=work,
    )
    commits = []
    for part in output.split("\1")[1:]:
        head, _end, files = part.partition("\3")
        sha, author, committer, message = head.split("\2")
        commit = GitCommit(sha, int(author), int(committer), message)
        for line in files.strip("\0\n").split("\0"):
            if line.strip():
                added, removed, path = line.strip("\n").split("\t")
                commit.files[path] = 0 if added == "-" else int(added) + int(removed)
        commits.append(commit)
    return commits


def leaves(value: Any) -> Iterator[Any]:
    """Yield the values of JSON that are neither lists nor objects."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    else:
        yield value


def differing(ours: Any, expected: Any, path: str = "") -> Iterator[str]:
    """Yield a sentence for each place where `ours` is not as expected.

    Keys that only `ours` has are ignored. `path` is the place of both values in the whole JSON.
    """
    if isinstance(expected, dict) and isinstance(ours, dict):
        for key, value in expected.items():
            yield from differing(ours.get(key), value, f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(ours, list) and len(ours) == len(expected):
        for number, (item, expected_item) in enumerate(zip(ours, expected, strict=True)):
            yield from differing(item, expected_item, f"{path}[{number}]")
    elif ours != expected:
        yield f"{path}: {ours!r}, expected {expected!r}"


def start_atelier(home: Path, port: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start `manage.py up` without the demonstration school, and wait until it answers.

    Ends the proof when it does not answer within 90 s. Its log is up.log in the data folder.
    """
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env |= {"ATELIER_HOME": str(home), "PORT": str(port), "DEMO": "0", **environment}
    log = (home / "up.log").open("wb")
    process: subprocess.Popen[bytes] = child_processes.start(
        [sys.executable, "manage.py", "up"], cwd=ROOT, env=env, stdout=log, stderr=log
    )
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


def manage(home: Path, *arguments: str) -> str:
    """Run a command of manage.py on this data folder, and return its output."""
    env = os.environ | {"ATELIER_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, check=True, capture_output=True, text=True
    ).stdout


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def next_second() -> None:
    """Wait until the next second begins, because the times of commits have whole seconds."""
    time.sleep(1.01 - time.time() % 1)


def commit(work: Path, message: str) -> None:
    """Commit all files of the folder in a new second."""
    next_second()
    git("add", "-A", cwd=work)
    git("commit", "-q", "-m", message, cwd=work)


def commit_and_push(work: Path, message: str) -> None:
    """Commit all files of the folder and push them."""
    git("add", "-A", cwd=work)
    git("commit", "-q", "-m", message, cwd=work)
    git("push", "-q", "origin", "main", cwd=work)
