"""The order of things: broker, tables and static files, the rest, the address; and all of it back again."""

import asyncio
import os
import signal
import time
from typing import Any

from django.conf import settings

from supervisor import broker, greeting, programs
from supervisor.child import Child
from supervisor.console import Console
from supervisor.prepare import prepare


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
        if settings.DEMO:
            self._add("git", programs.manage("demo_git_server"))
        self._add("web", programs.web())
        self._add("worker", programs.worker(), grace=8, noise=programs.WORKER_NOISE)
        self._add("schedule", programs.schedule())
        if settings.DEMO and await asyncio.to_thread(greeting.nobody_is_here):
            await self._fill(programs.manage("demo"))
        if settings.DEMO:
            self._add("student", programs.manage("demo_student"))
            self._add("farm", programs.manage("demo_farm"))
        await self._announce()

    async def _fill(self, command: list[str]) -> None:
        """Run it beside the others, which take their time to start; a stop ends it too."""
        child = self._child("demo", command)
        self._children.append(child)
        if await child.run():
            self._say("the demo school could not be filled; the rest works")

    async def _announce(self) -> None:
        """Say where the pages are as soon as one answers."""
        while not await asyncio.to_thread(greeting.page_answers):  # noqa: ASYNC110 - another process' state
            await asyncio.sleep(0.1)
        self._say(f"ready in {time.monotonic() - self._began:.1f} s: {settings.PUBLIC_URL}   (Ctrl-C ends everything)")
        for line in await asyncio.to_thread(greeting.sign_in_names):
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
