"""Starts Atelier's processes as an operator does: `manage.py up`, a worker, the schedule, a web server."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.conf import settings

from kernel.testing import child_processes
from kernel.testing.ports import free_port

T = TypeVar("T")

BIN = Path(sys.executable).parent
COMMANDS = {
    "manage.py": ["python", "manage.py", "up"],
    "worker": ["celery", "-A", "config", "worker", "-c", "1"],
    "schedule": ["celery", "-A", "config", "beat", "--pidfile="],
    "uvicorn": ["uvicorn", "config.asgi:application", "--lifespan", "off"],
    "granian": ["python", "-m", "config.web_server", "--interface", "wsgi", "config.wsgi:application"],
}


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Return an environment without the settings of this process (DJANGO_SETTINGS_MODULE among them)."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return kept | {"ATELIER_HOME": str(home), "PYTHONUNBUFFERED": "1"} | variables


def run_command(name: str, home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one of COMMANDS until it ends; after 60 s it is an error. `variables` are its environment variables."""
    program, *rest = COMMANDS[name]
    result: subprocess.CompletedProcess[str] = child_processes.run(
        [str(BIN / program), *rest, *arguments],
        env=environment(home, **variables),
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return result


def assert_stopped(result: subprocess.CompletedProcess[str], sentence: str) -> None:
    """Fail unless the process has stopped at its start with this sentence, without a traceback."""
    output = result.stdout + result.stderr
    assert sentence in output.partition("Atelier cannot start: ")[2]
    assert result.returncode != 0
    assert "Traceback" not in output


def wait_until(condition: Callable[[], T], seconds: float = 30, *, every: float = 0.05) -> T:
    """Return the first true value of `condition()`. Fails when there is none within `seconds`."""
    last = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < last, f"not within {seconds} s: {condition}"
        time.sleep(every)
    return value


def parent_pid(pid: int) -> int:
    """Return the pid of its parent process; 0 when the process has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


class Instance:
    """A running `manage.py up` with a data folder of its own."""

    def __init__(self, home: Path, port: int | None = None, **variables: str) -> None:
        self.home = home
        self.port = port or free_port()
        self.log = home.parent / f"{home.name}.log"
        with self.log.open("w") as out:
            self.process: subprocess.Popen[bytes] = child_processes.start(
                [str(BIN / "python"), "manage.py", "up"],
                env=environment(home, PORT=str(self.port), **variables),
                cwd=settings.BASE_DIR,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def answers(self) -> bool:
        """Whether its pages answer, with any status below 500."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/livez", timeout=5) as page:
                return int(page.status) == 200
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False

    def log_contains(self, text: str) -> bool:
        """Whether its log contains this text."""
        return text in self.log.read_text()

    def wait_ready(self) -> "Instance":
        wait_until(lambda: self.log_contains("ready in") or self.process.poll() is not None, 120)
        assert self.process.poll() is None, self.log.read_text()
        return self

    def processes(self) -> dict[int, str]:
        """Return all processes of this data folder except the supervisor: pid -> name.

        A process belongs to the data folder when its environment or its command names it.
        """
        names = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit() or int(folder.name) == self.process.pid:
                continue
            try:
                facts = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
                name = (folder / "comm").read_text().strip()
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if os.fsencode(self.home) in facts and state != "Z":
                names[int(folder.name)] = name
        return names

    def pid_of(self, name: str) -> int | None:
        """Return the pid of the child with this name; the supervisor starts it through its shim."""
        running = self.processes()
        for pid, running_name in running.items():
            if running_name == name and running.get(parent_pid(pid)) == f"shim-{name}":
                return pid
        return None

    def end(self) -> None:
        """End the instance and kill every process of it that is left, after a test that passed or failed."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
