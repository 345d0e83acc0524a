"""The order of things: broker, tables and static files, the rest, the address; and all of it back again."""

import asyncio
import os
import re
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import get_commands

from config.celery import QUEUES
from config.supervisor import broker
from config.supervisor.child import Child
from config.supervisor.console import Console
from config.supervisor.prepare import prepare

WORKERS = 2
WORKER_NOISE = re.compile(r"Hitting Ctrl\+C again")  # nobody does: its terminal is the supervisor's


class Supervisor:
    """`broker_command` is None where the environment names a broker."""

    def __init__(self, console: Console, broker_command: list[str] | None) -> None:
        self._console = console
        self._broker_command = broker_command
        self._began = time.monotonic()
        self._life, self._held = os.pipe()  # the second end is this process's alone: its end is our end
        self._children: list[Child] = []
        self._broker: Child | None = None
        self._stop = asyncio.Event()
        self._env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings"),
            "ATELIER_HOME": str(settings.ATELIER_HOME),
            "REDIS_URL": settings.REDIS_URL,
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, [str(settings.BASE_DIR), os.environ.get("PYTHONPATH", "")])),
            # SIGTERM gives running tasks a moment, then puts them back in the queue, instead of waiting for their end.
            "REMAP_SIGTERM": "SIGQUIT",
        }

    async def run(self) -> None:
        """Until a signal, or a failure at the start."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._asked_to_stop)
        starting, stopping = asyncio.create_task(self._start()), asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stopping
        finally:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await self._end()

    async def _start(self) -> None:
        if self._broker_command:
            self._broker = self._child("broker", self._broker_command, noise=broker.NOISE)
            self._broker.start()
        if not await broker.answers(settings.REDIS_URL, 10 if self._broker else 2):
            self._say("the broker does not answer yet; pages work, and tasks wait for it")
        await asyncio.to_thread(prepare, self._say)
        commands = get_commands()
        manage = [sys.executable, str(Path(settings.BASE_DIR, "manage.py"))]
        if settings.DEMO and "demo_git_server" in commands:
            self._add("git", [*manage, "demo_git_server"])
        self._add("web", _web())
        self._add("worker", _worker(), grace=8, noise=WORKER_NOISE)
        self._add("schedule", _celery("beat", "-s", str(_schedule_file()), "--pidfile="))
        if settings.DEMO and "demo" in commands and await asyncio.to_thread(_nobody_is_here):
            await self._fill([*manage, "demo"])
        if settings.DEMO and "demo_student" in commands:
            self._add("student", [*manage, "demo_student"])
        await self._announce()

    async def _fill(self, command: list[str]) -> None:
        """Run it beside the others, which take their time to start; a stop ends it too."""
        child = self._child("demo", command)
        self._children.append(child)
        if await child.run():
            self._say("the demo school could not be filled; the rest works")

    async def _announce(self) -> None:
        """Say where the pages are as soon as one answers."""
        while not await asyncio.to_thread(_page_answers):  # noqa: ASYNC110 - another process' state
            await asyncio.sleep(0.1)
        self._say(f"ready in {time.monotonic() - self._began:.1f} s: {settings.PUBLIC_URL}   (Ctrl-C ends everything)")
        for line in await asyncio.to_thread(_sign_in_names):
            self._say(line)

    async def _end(self) -> None:
        """Everything at once, and the broker last: until then work can be put back."""
        await asyncio.gather(*(child.stop() for child in self._children))
        if self._broker:
            await self._broker.stop()
            broker.tidy(settings.ATELIER_HOME)
        self._say("everything has ended")

    def _asked_to_stop(self) -> None:
        if self._stop.is_set():  # asked twice: at once
            for child in self._children:
                child.kill()
            return
        self._say("ending…")
        self._stop.set()

    def _child(self, name: str, command: list[str], **options: Any) -> Child:
        return Child(name, command, self._env, life=self._life, console=self._console, **options)

    def _add(self, name: str, command: list[str], **options: Any) -> None:
        child = self._child(name, command, **options)
        self._children.append(child)
        child.start()

    def _say(self, text: str) -> None:
        self._console.say("atelier", text)


def _web() -> list[str]:
    return [
        *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
        *("--host", settings.HOST, "--port", str(settings.PORT), "--timeout-graceful-shutdown", "3"),
        # The peer is the socket's: TRUSTED_NETWORKS must not believe a header. The log would show tickets.
        *("--no-proxy-headers", "--no-access-log", "--no-server-header", "--lifespan", "off", "--log-level", "warning"),
    ]


def _worker() -> list[str]:
    queues = ",".join(QUEUES)
    return _celery("worker", "-c", str(WORKERS), "-Q", queues, "--without-gossip", "--without-mingle", "-l", "WARNING")


def _celery(*words: str) -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "config", "-q", *words]


def _schedule_file() -> Path:
    folder = Path(settings.ATELIER_HOME, "schedule")
    folder.mkdir(exist_ok=True)
    return folder / "beat"


def _page_answers() -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)  # noqa: S104
    address = f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}/livez"
    request = urllib.request.Request(address, headers={"Host": _known_host()})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return answer.status == 200
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def _known_host() -> str:
    """A Host header that ALLOWED_HOSTS lets through."""
    first = next((host for host in settings.ALLOWED_HOSTS if host != "*"), "localhost")
    return first.lstrip(".")


def _nobody_is_here() -> bool:
    from django.contrib.auth import get_user_model
    from django.db import connection

    try:
        return not get_user_model().objects.exists()
    finally:
        connection.close()


def _sign_in_names() -> list[str]:
    """Of the demo school: somebody of each kind, as they are in the database."""
    from django.contrib.auth import get_user_model
    from django.db import connection

    if not settings.DEMO:
        return []
    people = get_user_model().objects.filter(is_active=True)
    kinds = {
        "staff": people.filter(is_staff=True),
        "teacher": people.filter(kind="teacher", is_staff=False),
        "student": people.filter(kind="student", is_staff=False),
    }
    try:
        names = [f"{kind} {found.username}" for kind, rows in kinds.items() if (found := rows.order_by("id").first())]
    finally:
        connection.close()
    return [f"sign in as {', '.join(names)}; password atelier-demo"] if names else []
