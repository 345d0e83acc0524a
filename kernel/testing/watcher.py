"""Ends the processes and removes the folders that another process has named, when that process is gone.

`python watcher.py FD`. FD is the reading end of a pipe whose other end only that process holds. It writes the lines
"process PID START" (START from process_facts) and "folder PATH". child_processes.py starts it. Only the standard
library is used and nothing of Atelier, so that it starts at once and does not fail. Linux only.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import NamedTuple

GRACE = 3.0  # seconds between SIGTERM and SIGKILL


class ProcessFacts(NamedTuple):
    parent: int
    session: int
    started: str  # ticks since the start of the machine: tells a process from a later one with the same pid


def main() -> int:
    if os.fork():
        return 0  # the watcher itself is a child of nobody, so nobody ends it together with a family
    os.setsid()
    processes: dict[int, str] = {}
    folders: list[str] = []
    with os.fdopen(int(sys.argv[1]), "rb") as pipe:
        for line in pipe:
            kind, _, rest = os.fsdecode(line.removesuffix(b"\n")).partition(" ")
            if kind == "folder":
                folders.append(rest)
            else:
                pid, _, started = rest.partition(" ")
                processes[int(pid)] = started
    end(processes)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def end(named: dict[int, str]) -> None:
    """Send SIGTERM to these processes (pid -> START). After GRACE seconds kill what is left of their families."""
    everyone = family(named, process_table())  # now, because children of an ended process cannot be found
    for pid in everyone.keys() & named.keys():
        send(pid, signal.SIGTERM)
    last = time.monotonic() + GRACE
    while left := remaining(everyone, named):
        if time.monotonic() > last:
            for pid in left:
                send(pid, signal.SIGKILL)
        time.sleep(0.05)


def remaining(everyone: dict[int, str], named: dict[int, str]) -> dict[int, str]:
    """Return those of `everyone` that still run, and the members of the families that are new."""
    table = process_table()
    running = {pid: started for pid, started in everyone.items() if pid in table and table[pid].started == started}
    return running | family(named | running, table)


def family(named: dict[int, str], table: dict[int, ProcessFacts]) -> dict[int, str]:
    """Return the processes that are named, the members of the sessions that they led, and the children of all these."""
    sessions = {pid for pid, started in named.items() if pid not in table or table[pid].started == started}
    members = {pid for pid, facts in table.items() if facts.session in sessions or pid in sessions}
    while children := {pid for pid, facts in table.items() if facts.parent in members} - members:
        members |= children
    return {pid: table[pid].started for pid in members}


def process_table() -> dict[int, ProcessFacts]:
    """Return the running processes by their pid. Ended ones whose parent has not noticed yet are left out."""
    pids = [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]
    return {pid: facts for pid in pids if (facts := process_facts(pid))}


def process_facts(pid: int) -> ProcessFacts | None:
    """Return the facts of this process, or None when it has ended."""
    try:
        state, parent, _group, session, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state in "ZX" else ProcessFacts(int(parent), int(session), rest[15])


def send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


if __name__ == "__main__":
    sys.exit(main())
