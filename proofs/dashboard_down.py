"""A dashboard elsewhere that refuses connections for five minutes: `make proof NAME=dashboard-down`.

An instance pulls and owes events all the while. When the dashboard listens again, every event must come, in order and
once; printed is how soon.
"""

import argparse
import sys
import tempfile
import time
from http.server import ThreadingHTTPServer
from pathlib import Path

from bench.support import instance
from proofs.support.from_outside import Program, RemoteDashboard, manage, start_atelier


class Late(RemoteDashboard):
    """Its port is taken from the start, so that nobody else has it, and connections are refused until it listens."""

    def server_activate(self) -> None: ...

    def listen(self) -> None:
        ThreadingHTTPServer.server_activate(self)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--students", type=int, default=5)
    arguments = parser.parse_args()
    dashboard, home = Late(), Path(tempfile.mkdtemp(prefix="atelier-down-"))
    with instance.git_server() as server:
        variables = {
            "GIT_LOCAL_SERVERS": server.host,
            "DASHBOARD_URL": f"http://127.0.0.1:{dashboard.server_port}",
            "DASHBOARD_TOKEN": "remote-secret",
        }
        port = instance.free_port()
        process = start_atelier(home, port, variables)
        try:
            good = show(
                Program(f"http://127.0.0.1:{port}", manage(home, "service_token", "proof").strip()),
                server,
                dashboard,
                arguments.students,
                arguments.seconds,
            )
        finally:
            process.terminate()
            process.wait(60)
    print(f"VERDICT: {'every event once, in order' if good else 'lost, twice or out of order'}")
    return 0 if good else 1


def show(program: Program, server: object, dashboard: Late, students: int, seconds: float) -> bool:
    ids = {"teacherId": "t", "semesterId": "s", "courseId": "c", "repoPath": "/"}
    for number in range(students):
        work = server.create(f"s{number}")  # type: ignore[attr-defined]
        work.commit("first", a="x\n")
        work.push()
        url = server.url(f"s{number}")  # type: ignore[attr-defined]
        program.call("POST", "/_git_api", {"_C": "RegisterGitRepo", **ids, "studentId": f"s{number}", "repoUrl": url})
    time.sleep(seconds)
    print(f"refused for {seconds:.0f} s; {students} students have pushed meanwhile", flush=True)
    dashboard.listen()
    began, count = time.monotonic(), 2 * students
    dashboard.wait_for(1, 700)
    first = time.monotonic() - began
    dashboard.wait_for(count, 700)
    told = time.monotonic() - began
    time.sleep(1)
    kinds: dict[str, list[str]] = {}
    for _event_id, body in dashboard.messages:
        kinds.setdefault(body["studentId"], []).append(body["_C"])
    once = len({event_id for event_id, _body in dashboard.messages}) == len(dashboard.messages) == count
    print(
        f"{len(dashboard.messages)} of {count} events; the first {first:.1f} s after it listened, the last {told:.1f} s"
    )
    return once and all(one == ["OnClone", "OnNewCommits"] for one in kinds.values())


if __name__ == "__main__":
    sys.exit(main())
