"""Runs one program for the supervisor in a forked process, and makes sure that no process of it is left.

The supervisor has loaded Atelier's code. Each child is a copy of it, so the code is loaded once and its memory is
shared. Between the supervisor and the program is one process, which leads a new session: the shim.

`life` is the reading end of a pipe whose other end only the supervisor holds. It closes when the supervisor ends in any
way. Then the program gets SIGTERM, and later its whole group (a worker's pool too) is killed. Linux kills the program
if the shim ends. SIGTERM is passed on.
"""

import contextlib
import ctypes
import gc
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

Program = Callable[[], object]

GRACE = 3.0  # seconds for the program after the supervisor has ended
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15  # man 2 prctl
SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD}  # the supervisor and the shim have handlers
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None  # now, because each fork needs it


def start(name: str, program: Program, *, output: int, life: int) -> int:
    """Fork the shim of this program, and return its pid. The program writes to the file descriptor `output`.

    The shim ends with the program's exit code, or with 128 + n when signal n ended it. The process that calls this has
    one thread: a lock that another one holds would be locked for ever in the copy.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # until the copy has handlers of its own
    try:
        pid = os.fork()
        if pid == 0:
            _end_with(lambda: _run_shim(name, program, output, life))
        return pid
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _run_shim(name: str, program: Program, output: int, life: int) -> int:
    signal.set_wakeup_fd(-1)  # the supervisor's
    os.setsid()
    _name_process(f"shim-{name}")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    _close_files_except(life)  # such as the lock of the data folder
    received: list[int] = []  # the SIGTERMs
    signal.signal(signal.SIGTERM, lambda number, _frame: received.append(number))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    shim = os.getpid()
    child = os.fork()
    if child == 0:
        _end_with(lambda: _run_program(name, program, shim))
    return _watch(child, life, received)


def _watch(child: int, life: int, received: list[int]) -> int:
    """Wait until the program ends, and return its exit code."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    passed_on = 0
    while (code := _exit_code(child)) is None:
        readable, _, _ = select.select([life, woken], [], [])
        if life in readable:
            _end_group(child)
        if woken in readable:
            os.read(woken, 4096)
        if len(received) > passed_on:
            passed_on = len(received)
            os.kill(child, signal.SIGTERM)
    return code


def _run_program(name: str, program: Program, shim: int) -> int:
    """Run the program as if its process were new: without handlers and open files of the processes above."""
    _close_files_except()
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _name_process(name)
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != shim:  # it ended before the call above
            return 1
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # so that the console shows lines at once
    gc.enable()
    program()
    return 0


def _end_with(run: Callable[[], int]) -> None:
    """Run this function and end the process with its result. It never returns to the code that forked the process."""
    code = 1
    try:
        code = run()
    except SystemExit as exit_request:
        code = exit_request.code if isinstance(exit_request.code, int) else int(exit_request.code is not None)
        if isinstance(exit_request.code, str):
            print(exit_request.code, file=sys.stderr)  # noqa: T201 - as Python does at its end
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _exit_code(pid: int) -> int | None:
    """Return how the process ended, or None while it runs."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    if not ended:
        return None
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def _end_group(child: int) -> None:
    """Send SIGTERM, wait GRACE seconds, then kill every process of the group, this one included."""
    os.kill(child, signal.SIGTERM)
    end = time.monotonic() + GRACE
    while _exit_code(child) is None and time.monotonic() < end:
        time.sleep(0.05)
    os.killpg(0, signal.SIGKILL)


def _close_files_except(kept: int = 2) -> None:
    """Close all files but the standard streams and this one."""
    for number in [int(path.name) for path in Path("/dev/fd").iterdir()]:
        if number > 2 and number != kept:
            with contextlib.suppress(OSError):  # the folder itself, which is closed by now
                os.close(number)


def _name_process(name: str) -> None:
    """Give this process a name, which `ps -o comm` shows: the command line of all of them is the supervisor's."""
    if _libc:
        _libc.prctl(PR_SET_NAME, name.encode()[:15])
