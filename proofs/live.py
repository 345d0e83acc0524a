"""Many open pages receive every change, with few database connections.

Run it with `make proof NAME=live`; ARGS="--streams 20 --late 1" makes it short. It opens many event streams to one
server process (uvicorn) on the database of DATABASE_URL, commits changes, and prints how many streams received them and
after how many milliseconds. Then one transaction takes its id early and commits late, while others commit. The exit
code is 1 when a stream missed a change.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from kernel.testing import child_processes

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = [
    "--lifespan",
    "off",
    "--no-access-log",
    "--no-proxy-headers",
    "--timeout-graceful-shutdown",
    "3",
    "--log-level",
    "warning",
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--changes", type=int, default=30)
    parser.add_argument(
        "--late", type=float, default=12.0, help="seconds from the id of a slow transaction to its commit"
    )
    arguments = parser.parse_args()
    with child_processes.temporary_folder("atelier-bench-") as home:
        os.environ.update(ATELIER_HOME=home, DJANGO_SETTINGS_MODULE="config.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0, interactive=False)
        connection.close()
        from kernel.testing.ports import free_port

        port = free_port()
        server = child_processes.start(
            [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port), *OPTIONS],
            cwd=ROOT,
        )
        try:
            return asyncio.run(run(f"http://127.0.0.1:{port}", server, arguments))
        finally:
            server.kill()
            server.wait()


async def run(site: str, server: subprocess.Popen[bytes], arguments: argparse.Namespace) -> int:
    """Open the streams and publish changes. Returns the exit code."""
    from live import tickets
    from live.tests.listener import Listener

    await wait_for_server(site)
    began = time.monotonic()
    streams = await asyncio.gather(
        *(Listener.open(site, tickets.issue(person, ["farm", "course:1"])) for person in range(arguments.streams))
    )
    opened = sum(stream.status == 200 for stream in streams)
    print(f"streams open        {opened} of {arguments.streams} in {time.monotonic() - began:.2f} s")
    print(f"database            {await in_own_thread(connections)}")
    await asyncio.sleep(0.5)

    delays: list[float] = []
    missed = arguments.streams - opened
    for _ in range(arguments.changes):
        began = time.monotonic()
        await in_own_thread(publish_change)
        arrivals = await arrival_times(streams, "farm")
        delays += [at - began for at in arrivals]
        missed += len(streams) - len(arrivals)
    print(f"changes received    {len(delays)} of {arguments.changes * len(streams)}")
    if delays:
        delays.sort()
        p50, p99 = delays[len(delays) // 2], delays[int(len(delays) * 0.99)]
        print(
            f"from publish()      p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, slowest {delays[-1] * 1000:.0f} ms"
        )

    missed += await check_late_commit(streams, arguments.late)
    print(f"database            {await in_own_thread(connections)}")
    began = time.monotonic()
    server.terminate()
    await asyncio.to_thread(server.wait, 20)
    print(f"SIGTERM             the server ended after {time.monotonic() - began:.1f} s, with all streams open")
    print("missed              nothing" if not missed else f"missed              {missed}: WRONG")
    return 1 if missed else 0


async def check_late_commit(streams: list, seconds: float) -> int:
    """Publish in a transaction that takes its id first and commits last.

    Other transactions take larger ids and commit before it, for `seconds`. Returns how many changes were missed by
    streams.
    """
    id_taken, may_commit, committed_at = threading.Event(), threading.Event(), []

    def slow_transaction() -> None:
        from django.db import connection, transaction

        from live.publish import publish

        if connection.vendor == "sqlite":  # the others would wait for this transaction
            committed_at.append(None)
            id_taken.set()
            return
        with transaction.atomic():
            publish("course:1")
            id_taken.set()
            may_commit.wait()
            committed_at.append(time.monotonic())

    late = asyncio.create_task(in_own_thread(slow_transaction))
    await asyncio.to_thread(id_taken.wait)
    if committed_at:
        await late
        print("late commit         not checked: SQLite has one writer at a time")
        return 0
    missed = 0
    end = time.monotonic() + seconds
    others = 0
    while time.monotonic() < end:
        await in_own_thread(publish_change)
        missed += len(streams) - len(await arrival_times(streams, "farm"))
        others += 1
        await asyncio.sleep(0.5)
    may_commit.set()
    await late
    arrivals = await arrival_times(streams, "course:1")
    missed += len(streams) - len(arrivals)
    slowest = (max(arrivals) - committed_at[0]) * 1000 if arrivals else 0
    print(
        f"late commit         received by {len(arrivals)} of {len(streams)}, "
        f"the last {slowest:.0f} ms after its commit "
        f"({seconds:g} s after it took its id; {others} larger ids were received before)"
    )
    return missed


def publish_change() -> None:
    from live.publish import publish

    publish("farm")


def connections() -> str:
    """Return a sentence about the connections of the database.

    The connection of this process is not counted.
    """
    from django.db import connection

    if connection.vendor != "mysql":
        return connection.vendor
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@version, @@max_connections")
        version, allowed = cursor.fetchone()
        cursor.execute("SHOW STATUS LIKE 'Threads_connected'")
        in_use = int(cursor.fetchone()[1]) - 1
        cursor.execute("SHOW STATUS LIKE 'Max_used_connections'")
        maximum = cursor.fetchone()[1]
    return f"{version}: {in_use} connection(s) held by the server process, {maximum} at most so far, {allowed} allowed"


async def in_own_thread(function):
    """Run the function in a thread, and close the database connection of the thread."""
    from django.db import connection

    def run():
        try:
            return function()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


async def arrival_times(streams: list, topic: str) -> list[float]:
    """Return the time at which each stream received a change of the topic.

    Streams that receive nothing within ten seconds are left out. The times are those of time.monotonic().
    """

    async def arrival_time(stream) -> float | None:
        try:
            message = await asyncio.wait_for(stream.next(), 10)
        except (TimeoutError, EOFError):
            return None
        return message.at if topic in message.data.split() else None

    return [at for at in await asyncio.gather(*map(arrival_time, streams)) if at is not None]


async def wait_for_server(site: str) -> None:
    """Wait until the port is open. Ends the program when it is not within 60 s."""
    host, port = site.removeprefix("http://").split(":")
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    sys.exit(main())
