"""Starts processes that end when this one ends in any way, also when it is killed (SIGKILL).

Tests, proofs, benchmarks and scripts start all their servers and long commands here. A watcher (watcher.py) runs beside
this process. It is told of each process and of each temporary folder, and ends and removes them when this process is
gone: the whole family of a process, such as the pool of a worker, also under another user. The processes keep their own
pids, so they can be measured and killed as usual. Only the standard library is used.

A process that is killed in the millisecond in which it starts another one leaves that one running.
"""

import contextlib
import multiprocessing
import multiprocessing.pool
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kernel.testing.watcher import process_facts

WATCHER = Path(__file__).with_name("watcher.py")
GRACE = 5  # seconds that an interrupted command has after SIGTERM
SPAWN = multiprocessing.get_context("spawn")

_lock = threading.Lock()
_pipe: int | None = None  # its other end is the watcher's


def start(command: Sequence[str | os.PathLike[str]], *, new_session: bool = True, **options: Any) -> Any:
    """Start the command, and return its Popen. `options` are those of subprocess.Popen.

    By default it leads a session of its own: Ctrl-C reaches this process, which then ends the other one.
    """
    process = subprocess.Popen(command, start_new_session=new_session, **options)
    watch(process.pid)
    return process


def run(
    command: Sequence[str | os.PathLike[str]], *, check: bool = False, timeout: float | None = None, **options: Any
) -> Any:
    """Run the command until it ends, and return its CompletedProcess. The options are those of subprocess.run.

    It stays in the session of this process, so that Ctrl-C and the terminal reach it.
    """
    if options.pop("capture_output", False):
        options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with start(command, new_session=False, **options) as process:
        try:
            out, error = process.communicate(timeout=timeout)
        except BaseException:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
            process.kill()
            raise
    result = subprocess.CompletedProcess(command, process.returncode, out, error)
    if check:
        result.check_returncode()
    return result


def pool(
    processes: int, initializer: Callable[..., object] | None = None, *arguments: Any
) -> multiprocessing.pool.Pool:
    """Return a pool of new Python processes. Each of them first calls `initializer` with the arguments."""
    workers = SPAWN.Pool(processes, initializer, arguments)
    for child in multiprocessing.active_children():
        if child.pid:
            watch(child.pid)
    return workers


@contextlib.contextmanager
def temporary_folder(prefix: str) -> Iterator[str]:
    """Yield the path of a new folder, as tempfile.TemporaryDirectory does."""
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as name:
        remove_at_end(name)
        yield name


def remove_at_end(folder: str | os.PathLike[str]) -> None:
    """Remove the folder when this process has ended."""
    _tell(f"folder {os.fspath(folder)}")


def watch(pid: int) -> None:
    """End this process, its children and its session when the present process has ended."""
    facts = process_facts(pid)
    _tell(f"process {pid} {facts.started if facts else ''}")


def _tell(line: str) -> None:
    global _pipe
    with _lock:
        if _pipe is None:
            read_end, _pipe = os.pipe()
            command = [sys.executable, "-I", "-S", str(WATCHER), str(read_end)]
            nowhere = subprocess.DEVNULL  # so that nobody who reads the output of this process waits for the watcher
            subprocess.run(command, pass_fds=[read_end], stdin=nowhere, stdout=nowhere, stderr=nowhere, check=True)
            os.close(read_end)
        os.write(_pipe, f"{line}\n".encode())


def _forget_watcher() -> None:
    """Close the pipe in a forked process. Otherwise the watcher would wait for its end, too."""
    global _lock, _pipe
    _lock = threading.Lock()
    if _pipe is not None:
        os.close(_pipe)
        _pipe = None


os.register_at_fork(after_in_child=_forget_watcher)
