"""A remote dashboard refuses connections for five minutes, and must still get every event.

Run it with `make proof NAME=dashboard-down`. Meanwhile the instance synchronizes repositories and stores events to
send. When the dashboard listens again, it must receive every event once and in order. The proof prints how many seconds
that takes.
"""

import argparse
import sys
import tempfile
import time
from http.server import ThreadingHTTPServer
from pathlib import Path

from bench.support import instance
from kernel.testing import child_processes
from kernel.testing.ports import free_port
from proofs.support.from_outside import Program, RemoteDashboard, manage, start_atelier


class LateDashboard(RemoteDashboard):
    """A dashboard that refuses connections until `listen` is called.

    It takes its port at once, so that no other program can get it.
    """

    def server_activate(self) -> None: ...

    def listen(self) -> None:
        """Accept connections from now on."""
        ThreadingHTTPServer.server_activate(self)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--students", type=int, default=5)
    arguments = parser.parse_args()
    dashboard, home = LateDashboard(), Path(tempfile.mkdtemp(prefix="atelier-down-"))
    child_processes.remove_at_end(home)
    with instance.git_server() as server:
        variables = {
            "GIT_LOCAL_SERVERS": server.host,
            "DASHBOARD_URL": f"http://127.0.0.1:{dashboard.server_port}",
            "DASHBOARD_TOKEN": "remote-secret",
        }
        port = free_port()
        process = start_atelier(home, port, variables)
        try:
            right = run(
                Program(f"http://127.0.0.1:{port}", manage(home, "service_token", "proof").strip()),
                server,
                dashboard,
                arguments.students,
                arguments.seconds,
            )
        finally:
            process.terminate()
            process.wait(60)
    print(f"VERDICT: {'every event once, in order' if right else 'an event is lost, repeated or out of order'}")
    return 0 if right else 1


def run(program: Program, server: object, dashboard: LateDashboard, students: int, seconds: float) -> bool:
    """Push for each student, let the dashboard refuse, then let it listen.

    Returns whether each event arrived once and in order.
    """
    ids = {"teacherId": "t", "semesterId": "s", "courseId": "c", "repoPath": "/"}
    for number in range(students):
        work = server.create(f"s{number}")  # type: ignore[attr-defined]
        work.commit("first", a="x\n")
        work.push()
        url = server.url(f"s{number}")  # type: ignore[attr-defined]
        program.call("POST", "/_git_api", {"_C": "RegisterGitRepo", **ids, "studentId": f"s{number}", "repoUrl": url})
    time.sleep(seconds)
    print(f"connections refused for {seconds:.0f} s; {students} students have pushed meanwhile", flush=True)
    dashboard.listen()
    began, count = time.monotonic(), 2 * students
    dashboard.wait_for(1, 700)
    first = time.monotonic() - began
    dashboard.wait_for(count, 700)
    last = time.monotonic() - began
    time.sleep(1)
    kinds: dict[str, list[str]] = {}
    for _event_id, body in dashboard.messages:
        kinds.setdefault(body["studentId"], []).append(body["_C"])
    each_once = len({event_id for event_id, _body in dashboard.messages}) == len(dashboard.messages) == count
    print(
        f"{len(dashboard.messages)} of {count} events; the first {first:.1f} s after it listened, the last {last:.1f} s"
    )
    return each_once and all(sequence == ["OnClone", "OnNewCommits"] for sequence in kinds.values())


if __name__ == "__main__":
    sys.exit(main())
