"""Starting Atelier's programs as an operator does: as processes, with an environment of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings

BIN = Path(sys.executable).parent
ENTRIES = {
    "manage.py": ["python", "manage.py", "up"],
    "worker": ["celery", "-A", "config", "worker", "-c", "1"],
    "schedule": ["celery", "-A", "config", "beat", "--pidfile="],
    "uvicorn": ["uvicorn", "config.asgi:application", "--lifespan", "off"],
    "granian": ["granian", "--interface", "wsgi", "config.wsgi:application"],
}


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Nothing of this process' own settings; DJANGO_SETTINGS_MODULE least of all."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return kept | {"ATELIER_HOME": str(home), "PYTHONUNBUFFERED": "1"} | variables


def start(entry: str, home: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one of ENTRIES to its end, which must come soon."""
    program, *rest = ENTRIES[entry]
    return subprocess.run(
        [str(BIN / program), *rest, *words],
        env=environment(home, **variables),
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def wait_until(true, seconds: float = 30, *, every: float = 0.05):
    """What `true()` returns once it is true; a failure when that takes too long."""
    last = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < last, f"not within {seconds} s: {true}"
        time.sleep(every)
    return value


def parent(pid: int) -> int:
    """Its parent's pid; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


class Instance:
    """`manage.py up` in a data folder of its own."""

    def __init__(self, home: Path, port: int | None = None, **variables: str) -> None:
        self.home = home
        self.port = port or free_port()
        self.log = home.parent / f"{home.name}.log"
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [str(BIN / "python"), "manage.py", "up"],
                env=environment(home, PORT=str(self.port), **variables),
                cwd=settings.BASE_DIR,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/livez", timeout=5) as page:
                return page.status == 200
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False

    def says(self, words: str) -> bool:
        return words in self.log.read_text()

    def wait_ready(self) -> "Instance":
        wait_until(lambda: self.says("ready in") or self.process.poll() is not None, 120)
        assert self.process.poll() is None, self.log.read_text()
        return self

    def processes(self) -> dict[int, str]:
        """Every process whose environment or command names this data folder, but for the supervisor: pid, command."""
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit() or int(folder.name) == self.process.pid:
                continue
            try:
                facts = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if os.fsencode(self.home) in facts and state != "Z":
                found[int(folder.name)] = command
        return found

    def pid_of(self, words: str) -> int | None:
        """The process that the supervisor started (through its shim) with these words in its command."""
        running = self.processes()
        for pid, line in running.items():
            if words in line and "shim.py" not in line and "shim.py" in running.get(parent(pid), ""):
                return pid
        return None

    def end(self) -> None:
        """After a test, however it went: nothing of it stays."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
