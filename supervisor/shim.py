"""Between the supervisor and one child: run the command, and leave nothing of it behind.

`python shim.py FD COMMAND…`, as the leader of a new session. FD is the reading end of a pipe whose other end only the
supervisor holds: its end is the supervisor's death, however that came, and then the command is asked to end and its
whole group (a worker's pool too) is killed. The command itself is killed by the kernel if this process dies.
SIGTERM is passed on. Standard library only, and nothing of Atelier: it must start at once and never fail.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time

GRACE = 3.0  # seconds for the command after the supervisor's death
PR_SET_PDEATHSIG = 1


def main() -> int:
    supervisor, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(supervisor, False)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(True))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    child = subprocess.Popen(command, preexec_fn=_child_setup())  # noqa: S603 - one thread, our own command
    told = 0
    while child.poll() is None:
        readable, _, _ = select.select([supervisor, woken], [], [])
        if supervisor in readable:
            _end_group(child)
        if woken in readable:
            os.read(woken, 4096)
        if len(asked) > told:
            told = len(asked)
            child.terminate()
    code = child.returncode
    return 128 - code if code < 0 else code


def _child_setup():  # type: ignore[no-untyped-def]
    """What the child does before it becomes the command."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    parent = os.getpid()

    def setup() -> None:
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the kernel was asked
                os._exit(1)

    return setup


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Ask, wait a little, and kill every process of the group: this one is the last of them."""
    child.terminate()
    end = time.monotonic() + GRACE
    while child.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
