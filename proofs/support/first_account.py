"""Makes the first staff account as README.md says: `manage.py createsuperuser` at a terminal, typed."""

import os
import pty
import select
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from kernel.testing import child_processes
from kernel.testing.processes import environment
from proofs.support.walker import Count

ROOT = Path(__file__).resolve().parent.parent.parent


def make_first_account(home: Path, count: Count, answers: Sequence[str]) -> str:
    """Answer the questions of the command in their order; it asks in French or English. Return the whole terminal."""
    ours, terminal = pty.openpty()
    command = [sys.executable, "manage.py", "createsuperuser"]
    count.keys += len("python manage.py createsuperuser") + 1
    process = child_processes.start(
        command, cwd=ROOT, env=environment(home), stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    began, shown = time.monotonic(), ""
    for answer in answers:
        asked = ""
        while not asked.endswith(": "):
            ready, _, _ = select.select([ours], [], [], 60)
            assert ready, f"no question comes: {shown}{asked}"
            asked += os.read(ours, 4096).decode(errors="replace")
        shown += asked
        os.write(ours, f"{answer}\n".encode())
        count.keys += len(answer) + 1
    while process.poll() is None:
        try:
            shown += os.read(ours, 4096).decode(errors="replace")
        except OSError:  # the other end is closed
            break
    process.wait(30)
    os.close(ours)
    count.waited += time.monotonic() - began
    assert process.returncode == 0, shown
    return shown
