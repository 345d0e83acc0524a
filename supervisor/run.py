"""The supervisor. It starts the broker, prepares the database, starts the other processes, and ends all of them."""

import asyncio
import os
import signal
import time
from typing import Any

from django.conf import settings

from supervisor import announcement, broker, commands
from supervisor.child import Child
from supervisor.console import Console
from supervisor.prepare import prepare


class Supervisor:
    """Runs all processes of an instance. `broker_command` is None when REDIS_URL names a broker."""

    def __init__(self, console: Console, broker_command: list[str] | None) -> None:
        self._console = console
        self._broker_command = broker_command
        self._began = time.monotonic()
        # Only this process has the second end, so the pipe closes when this process ends. Each shim watches it.
        self._life, self._held = os.pipe()
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
            # With this, SIGTERM gives running tasks a moment and then puts them back into the queue.
            "REMAP_SIGTERM": "SIGQUIT",
        }

    async def run(self) -> None:
        """Run until a signal, or until the start fails."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal)
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
            self._say("the broker does not answer yet; pages work, tasks wait until it does")
        await asyncio.to_thread(prepare, self._say)
        if settings.DEMO:
            self._add("git", commands.manage("demo_git_server"))
        self._add("web", commands.web())
        self._add("worker", commands.worker(), grace=8, noise=commands.WORKER_NOISE)
        self._add("fetch", commands.fetcher(), grace=8, noise=commands.WORKER_NOISE)
        self._add("schedule", commands.schedule())
        if settings.DEMO and await asyncio.to_thread(announcement.has_no_users):
            await self._fill_demo(commands.manage("demo"))
        if settings.DEMO:
            self._add("student", commands.manage("demo_student"))
            self._add("farm", commands.manage("demo_farm"))
        await self._announce()

    async def _fill_demo(self, command: list[str]) -> None:
        """Create the demonstration school while the other processes start. A stop ends this, too."""
        child = self._child("demo", command)
        self._children.append(child)
        if await child.run():
            self._say("the demonstration school could not be created; the rest works")

    async def _announce(self) -> None:
        """Write the address of the pages as soon as one answers."""
        while not await asyncio.to_thread(announcement.page_answers):  # noqa: ASYNC110 - another process's state
            await asyncio.sleep(0.1)
        self._say(f"ready in {time.monotonic() - self._began:.1f} s: {settings.PUBLIC_URL}   (Ctrl-C ends everything)")
        for lines in (announcement.sign_in_names, announcement.closed_demo_accounts):
            for line in await asyncio.to_thread(lines):
                self._say(line)

    async def _end(self) -> None:
        """End all processes at once, but the broker last, so that running tasks can go back to their queue."""
        await asyncio.gather(*(child.stop() for child in self._children))
        if self._broker:
            await self._broker.stop()
            broker.remove_socket_folder(settings.ATELIER_HOME)
        self._say("everything has ended")

    def _on_signal(self) -> None:
        if self._stop.is_set():  # the second signal ends everything at once
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
