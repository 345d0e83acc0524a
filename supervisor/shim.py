"""Runs one command for the supervisor, and makes sure that no process of it is left.

`python shim.py FD COMMAND…`, as the leader of a new session. FD is the reading end of a pipe whose other end only the
supervisor holds. It closes when the supervisor ends in any way. Then the command gets SIGTERM, and later its whole
group (a worker's pool too) is killed. Linux kills the command if this process ends. SIGTERM is passed on.
Only the standard library is used and nothing of Atelier, so that it starts at once and does not fail.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable

GRACE = 3.0  # seconds for the command after the supervisor has ended
PR_SET_PDEATHSIG = 1


def main() -> int:
    supervisor, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(supervisor, False)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    received: list[int] = []  # the SIGTERMs
    signal.signal(signal.SIGTERM, lambda number, _frame: received.append(number))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    child = subprocess.Popen(command, preexec_fn=_child_setup())  # noqa: S603 - one thread, our own command
    passed_on = 0
    while child.poll() is None:
        readable, _, _ = select.select([supervisor, woken], [], [])
        if supervisor in readable:
            _end_group(child)
        if woken in readable:
            os.read(woken, 4096)
        if len(received) > passed_on:
            passed_on = len(received)
            child.terminate()
    code = child.returncode
    return 128 - code if code < 0 else code


def _child_setup() -> Callable[[], None]:
    """Return the function that the child calls before it runs the command."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    parent = os.getpid()

    def setup() -> None:
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it ended before the call above
                os._exit(1)

    return setup


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Send SIGTERM, wait GRACE seconds, then kill every process of the group, this one included."""
    child.terminate()
    end = time.monotonic() + GRACE
    while child.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
