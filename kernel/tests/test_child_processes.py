"""Servers that a test, a proof or a benchmark has started end when it is killed, and their folders are removed."""

import ast
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from kernel.testing import child_processes
from kernel.testing.processes import wait_until
from kernel.testing.watcher import family, process_facts, process_table

# Each script starts something, prints its temporary folder, and would then wait.
SCRIPTS = {
    "a production server, a broker and a worker with its pool": """
import sys
from bench.support import instance
from kernel.testing import child_processes
with instance.atelier(prepare=False) as atelier, instance.broker() as broker, atelier.production():
    worker = [sys.executable, "-m", "celery", "-A", "config", "worker", "-c", "2", "-l", "INFO"]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with child_processes.start(worker, env=os.environ | {"REDIS_URL": broker}, **pipes) as worker:
        while b" ready." not in worker.stderr.readline():
            pass
        print(atelier.home, flush=True)
        time.sleep(600)
""",
    "a MariaDB and a Redis, under another user": """
from scripts.services import services
with services() as variables:
    print(os.path.dirname(variables["REDIS_URL"].removeprefix("unix://")), flush=True)
    time.sleep(600)
""",
    "a pool, a thread's process, and a process with a session of its own that ignores SIGTERM": """
import sys, threading
from kernel.testing import child_processes
stubborn = "trap '' TERM; setsid sh -c \\"trap '' TERM; sleep 600; sleep 600\\" & sleep 600; sleep 600"
if __name__ == "__main__":
    with child_processes.temporary_folder("atelier-test-") as folder, child_processes.pool(2):
        thread = threading.Thread(target=child_processes.start, args=[["sh", "-c", stubborn]])
        thread.start()
        thread.join()
        time.sleep(0.5)
        print(folder, flush=True)
        time.sleep(600)
""",
    "a parallel test run with a site": """
import sys
from pathlib import Path
from kernel.testing import child_processes
with child_processes.temporary_folder("atelier-test-") as folder:
    test = Path(folder, "test_it.py")
    test.write_text(f"def test_it(site):\\n    open({folder!r} + '/ready', 'w')\\n    __import__('time').sleep(600)\\n")
    Path(folder, "conftest.py").write_text(Path("conftest.py").read_text())
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "1", str(test)]
    command += ["-c", "pyproject.toml", "--rootdir", folder, "--confcutdir", folder]
    os.environ.pop("ATELIER_TEST_ROOT", None)
    with child_processes.start(command, stdout=sys.stderr) as tests:
        while not Path(folder, "ready").exists() and tests.poll() is None:
            time.sleep(0.1)
        print(folder, flush=True)
        time.sleep(600)
""",
}
# The only places where a process may be started in another way, and why.
OTHER_PLACES = {
    "kernel/testing/child_processes.py": "the place itself",
    "kernel/testing/watcher.py": "leaves its parent",
    "kernel/tests/test_fair_lock.py": "a fork that ends at once",
    "proofs/hostile.py": "a fork, which it tells to the watcher",
    "proofs/support/hook_flood.py": "Python processes, which it tells to the watcher",
}
STARTING = {"Popen", "fork", "Pool", "Process", "create_subprocess_exec", "create_subprocess_shell", "popen"}


@pytest.mark.processes
@pytest.mark.parametrize("kind", SCRIPTS)
def test_nothing_is_left_of_what_a_killed_process_has_started(kind, tmp_path):
    if "MariaDB" in kind and not shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin"):
        pytest.skip("needs mariadb-server")
    script = tmp_path / "script.py"
    script.write_text(f"import os, subprocess, time\n{SCRIPTS[kind]}")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "DJANGO", "ATELIER"))}
    environment = kept | {"PYTHONPATH": str(settings.BASE_DIR)}
    command = [sys.executable, str(script)]
    with child_processes.start(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE) as process:
        folder = Path(process.stdout.readline().decode().strip())
        assert folder.is_dir()
        started = family({process.pid: process_facts(process.pid).started}, process_table())
        assert len(started) > 2
        os.kill(process.pid, signal.SIGKILL)

    def left():
        table = process_table()
        return {pid for pid, begin in started.items() if pid in table and table[pid].started == begin}

    wait_until(lambda: not left(), 15)
    wait_until(lambda: not folder.exists(), 5)


def test_a_command_that_is_interrupted_is_ended(tmp_path):
    command = ["sh", "-c", f"trap 'touch {tmp_path}/ended; exit' TERM; touch {tmp_path}/began; sleep 60 & wait"]
    with pytest.raises(subprocess.TimeoutExpired):
        child_processes.run(command, timeout=1)
    assert (tmp_path / "ended").exists()


def test_processes_are_started_in_one_place():
    root = Path(settings.BASE_DIR)
    folders = ("bench", "proofs", "scripts", "kernel/testing", "*/tests")
    files = [file for folder in folders for file in root.glob(f"{folder}/**/*.py")]
    starting = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in STARTING:
                starting.add(str(file.relative_to(root)))
    assert starting == set(OTHER_PLACES)
