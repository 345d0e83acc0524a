"""Many open pages on few database connections: `make proof NAME=live`, or with --streams 20 --late 1 for a short look.

Opens the streams against one server process (uvicorn) on the database of DATABASE_URL, commits changes, and prints how
many streams were told and how soon; then lets a transaction take its id early and commit late, with others in between.
The exit code is 1 when a single stream missed a single change.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

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
    parser.add_argument("--late", type=float, default=12.0, help="seconds from a slow transaction's id to its commit")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as home:
        os.environ.update(ATELIER_HOME=home, DJANGO_SETTINGS_MODULE="config.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0, interactive=False)
        connection.close()
        from kernel.testing.processes import free_port

        port = free_port()
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port), *OPTIONS],
            cwd=ROOT,
        )
        try:
            return asyncio.run(show(f"http://127.0.0.1:{port}", server, arguments))
        finally:
            server.kill()
            server.wait()


async def show(site: str, server: subprocess.Popen[bytes], arguments: argparse.Namespace) -> int:
    from live import tickets
    from live.tests.listener import Listener

    await until_open(site)
    began = time.monotonic()
    streams = await asyncio.gather(
        *(Listener.open(site, tickets.issue(person, ["farm", "course:1"])) for person in range(arguments.streams))
    )
    opened = sum(stream.status == 200 for stream in streams)
    print(f"streams open        {opened} of {arguments.streams} in {time.monotonic() - began:.2f} s")
    print(f"database            {await alone(connections)}")
    await asyncio.sleep(0.5)

    delays: list[float] = []
    missed = arguments.streams - opened
    for _ in range(arguments.changes):
        began = time.monotonic()
        await alone(change)
        told = await all_told(streams, "farm")
        delays += [at - began for at in told]
        missed += len(streams) - len(told)
    print(f"changes told        {len(delays)} of {arguments.changes * len(streams)}")
    if delays:
        delays.sort()
        p50, p99 = delays[len(delays) // 2], delays[int(len(delays) * 0.99)]
        print(
            f"from publish()      p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, slowest {delays[-1] * 1000:.0f} ms"
        )

    missed += await show_late(streams, arguments.late)
    print(f"database            {await alone(connections)}")
    began = time.monotonic()
    server.terminate()
    await asyncio.to_thread(server.wait, 20)
    print(f"SIGTERM             the server had ended after {time.monotonic() - began:.1f} s, with all streams open")
    print("missed              nothing" if not missed else f"missed              {missed}: NOT GOOD")
    return 1 if missed else 0


async def show_late(streams: list, seconds: float) -> int:
    """A transaction takes its id, others commit larger ones and are told, then it commits."""
    taken, commit, done = threading.Event(), threading.Event(), []

    def slow() -> None:
        from django.db import connection, transaction

        from live.publish import publish

        if connection.vendor == "sqlite":  # one writer at a time: it is the others that wait
            done.append(None)
            taken.set()
            return
        with transaction.atomic():
            publish("course:1")
            taken.set()
            commit.wait()
            done.append(time.monotonic())

    late = asyncio.create_task(alone(slow))
    await asyncio.to_thread(taken.wait)
    if done:
        await late
        print("late commit         not shown: SQLite has one writer at a time")
        return 0
    missed = 0
    end = time.monotonic() + seconds
    others = 0
    while time.monotonic() < end:
        await alone(change)
        missed += len(streams) - len(await all_told(streams, "farm"))
        others += 1
        await asyncio.sleep(0.5)
    commit.set()
    await late
    told = await all_told(streams, "course:1")
    missed += len(streams) - len(told)
    slowest = (max(told) - done[0]) * 1000 if told else 0
    print(
        f"late commit         {len(told)} of {len(streams)} told, the last {slowest:.0f} ms after its commit "
        f"({seconds:g} s after its id was taken; {others} larger ids were told before)"
    )
    return missed


def change() -> None:
    from live.publish import publish

    publish("farm")


def connections() -> str:
    """What the database says of its connections; this process holds one of them while it asks."""
    from django.db import connection

    if connection.vendor != "mysql":
        return connection.vendor
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@version, @@max_connections")
        version, allowed = cursor.fetchone()
        cursor.execute("SHOW STATUS LIKE 'Threads_connected'")
        now = int(cursor.fetchone()[1]) - 1
        cursor.execute("SHOW STATUS LIKE 'Max_used_connections'")
        most = cursor.fetchone()[1]
    return f"{version}: {now} connection(s) held by the server process, {most} at most so far, {allowed} allowed"


async def alone(work):
    """In a thread whose connection ends with it."""
    from django.db import connection

    def run():
        try:
            return work()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


async def all_told(streams: list, topic: str) -> list[float]:
    """When each stream was told of the topic; those that were not within ten seconds are left out."""

    async def one(stream) -> float | None:
        try:
            message = await asyncio.wait_for(stream.next(), 10)
        except (TimeoutError, EOFError):
            return None
        return message.at if topic in message.data.split() else None

    return [at for at in await asyncio.gather(*map(one, streams)) if at is not None]


async def until_open(site: str) -> None:
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
