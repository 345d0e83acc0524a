"""Profiles the five pages, the hook and the first index with one version of Atelier, and prints JSON.

bench/profiles.py runs it with version 0.2.0 and with this version (bench/support/earlier.py).
"""

import cProfile
import json
import os
import pstats
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import any_version as version  # first: it sets up Django
import django
from django.conf import settings
from django.test import Client

STUDENTS, TASKS, COMMITS = 1000, 60, 100_000
HOST = {"host": "127.0.0.1"}
LINES = 10


def main() -> None:
    profiles = pages() | {"hook": hook(), "first index": first_index()}
    print(json.dumps(profiles))


def pages() -> dict[str, Any]:
    alice = version.School().person("alice", language="en")
    version.fill_week(alice)
    course = version.new_course(STUDENTS, TASKS, COMMITS)
    task = list(course.tasks.order_by("pk"))[TASKS // 2]
    student = course.enrolments.filter(role="student").order_by("pk")[10].person.username
    day = (datetime.now(UTC) + timedelta(days=1)).date()
    addresses = {
        "timeline": (alice, f"/farm/?day={day}", {}),
        "agenda": (alice, f"/farm/?day={day}&only=1&in=agenda", {"HX-Request": "true"}),
        "matrix": (course.teacher, f"/courses/{course.pk}/", {}),
        "task page": (course.teacher, f"/courses/{course.pk}/tasks/{task.pk}/", {}),
        "student page": (course.teacher, f"/courses/{course.pk}/students/{student}/", {}),
    }
    profiles = {}
    for name, (user, address, headers) in addresses.items():
        client = Client(headers=HOST | headers)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

        def get(client: Client = client, address: str = address) -> None:
            assert client.get(address).status_code == 200, address

        profiles[name] = profile(get, 5)
    return profiles


def hook() -> dict[str, Any]:
    client = Client(headers=HOST | {"X-GitHub-Event": "push"})
    for number in range(20):
        version.builders.registration(f"https://github.com/school/r{number}.git", f"h{number}")
    sent = iter(range(1, 10**6))

    def send() -> None:
        for _ in range(50):
            number = next(sent)
            body = {
                "ref": "refs/heads/main",
                "after": f"{number:040x}",
                "repository": {"clone_url": f"https://github.com/school/r{number % 20}.git"},
            }
            address = f"192.0.{number // 200 % 250}.{number % 200}"
            answer = client.post("/_git_hook", json.dumps(body), content_type="application/json", REMOTE_ADDR=address)
            assert answer.status_code == 200, answer.content

    return profile(send, 5)


def first_index() -> dict[str, Any]:
    root = Path(settings.ATELIER_HOME) / "repositories"
    server = version.start_server(root)
    for number in range(10):
        version.builders.exercise(f"/tp{number + 1}", keywords=f"Exercice {number + 1}")
    numbers = iter(range(100))
    waiting = []
    for number in range(9):
        generated = version.GeneratedRepository(root / f"r{number}.git", number)
        (generated.add_commits if hasattr(generated, "add_commits") else generated.grow)(200)
        registration = version.builders.registration(server.url(f"r{number}"), f"i{number}")
        waiting.append(getattr(registration, "repository_id", None) or registration.address_id)

    def index() -> None:
        pk = waiting[next(numbers)]
        version.request_sync(pk)
        assert version.synchronize(pk)

    result = profile(index, 4)
    server.close()
    return result


def profile(function: Callable[[], None], times: int) -> dict[str, Any]:
    """Call the function once, then `times` without and `times` with the profiler.

    Returns {"cpu_ms": least CPU time of a call, "lines": [[function, place, own ms per call, share], …]}. Only the CPU
    of this thread counts: a server in another thread does not.
    """
    function()
    milliseconds = []
    for _ in range(times):
        began = time.thread_time()
        function()
        milliseconds.append((time.thread_time() - began) * 1000)
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(max(1, times - 1)):
        function()
    profiler.disable()
    stats = pstats.Stats(profiler)
    rows = sorted(stats.stats.items(), key=lambda item: -item[1][2])[:LINES]  # type: ignore[attr-defined]
    lines = [
        [name, place(file, line), own * 1000 / max(1, times - 1), own / stats.total_tt]  # type: ignore[attr-defined]
        for (file, line, name), (_calls, _all, own, _with, _callers) in rows
    ]
    return {"cpu_ms": min(milliseconds), "lines": lines}


def place(file: str, line: int) -> str:
    """Return the file, as seen from the repository or from the installed packages, and the line."""
    if not line:
        return "built in"
    for folder in (Path(django.__file__).parents[1], version.ROOT, Path(os.__file__).parent):
        file = file.removeprefix(f"{folder}/")
    return f"{file}:{line}"


if __name__ == "__main__":
    main()
