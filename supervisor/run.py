"""The supervisor. It starts the broker, prepares the database, starts the other processes, and ends all of them.

Each process is a fork of this one, so this one has no second thread and no connection to the database.
"""

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from supervisor import announcement, broker, programs
from supervisor.child import Child
from supervisor.console import Console
from supervisor.shim import Program


class PreparationFailed(Exception):
    """The database or the static files could not be prepared. The reason is on the console."""


class Supervisor:
    """Runs all processes of an instance. The `preparations` end before the first page.

    `broker_command` is None when REDIS_URL names a broker.
    """

    def __init__(self, console: Console, broker_command: list[str] | None, preparations: Sequence[Program]) -> None:
        self._console = console
        self._broker_command = broker_command
        self._preparations = preparations
        self._began = time.monotonic()
        # Only this process has the second end, so the pipe closes when this process ends. Each shim watches it.
        self._life, self._held = os.pipe()
        self._children: list[Child] = []
        self._broker: Child | None = None
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Run until a signal. Raises PreparationFailed; all processes have ended then, too."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal)
        loop.add_signal_handler(signal.SIGCHLD, self._on_exit)
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
        preparing = [asyncio.create_task(self._run_once("atelier", step)) for step in self._preparations]
        await asyncio.sleep(0)  # they are forked
        programs.load_code()  # meanwhile
        if self._broker_command:
            self._broker = self._child("broker", programs.other(self._broker_command), noise=broker.NOISE)
            self._broker.start()
        if any(await asyncio.gather(*preparing)):
            raise PreparationFailed
        self._add("web", programs.web)
        if not await broker.answers(settings.REDIS_URL, 10 if self._broker else 2):
            self._say("the broker does not answer yet; pages work, tasks wait until it does")
        self._add("worker", programs.worker, grace=8, noise=programs.WORKER_NOISE)
        self._add("fetch", programs.fetcher, grace=8, noise=programs.WORKER_NOISE)
        self._add("schedule", programs.schedule)
        if settings.DEMO:
            self._add("git", programs.manage("demo_git_server"))
            if await self._run_once("demo", programs.fill_demo):
                self._say("the demonstration school could not be created; the rest works")
            self._add("people", programs.demo_people)
        await self._announce()

    async def _run_once(self, name: str, program: Program) -> int:
        """Run a program until it ends, and return its exit code. A stop ends this, too."""
        child = self._child(name, program)
        self._children.append(child)
        return await child.run()

    async def _announce(self) -> None:
        """Write the address of the pages as soon as one answers."""
        while not await announcement.page_answers():  # noqa: ASYNC110 - another process's state
            await asyncio.sleep(0.05)
        self._say(f"ready in {time.monotonic() - self._began:.1f} s: {settings.PUBLIC_URL}   (Ctrl-C ends everything)")
        await self._run_once("atelier", announcement.write_sign_in_names)

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

    def _on_exit(self) -> None:
        for child in filter(None, [*self._children, self._broker]):
            child.check_exit()

    def _child(self, name: str, program: Program, **options: Any) -> Child:
        return Child(name, program, life=self._life, console=self._console, **options)

    def _add(self, name: str, program: Program, **options: Any) -> None:
        child = self._child(name, program, **options)
        self._children.append(child)
        child.start()

    def _say(self, text: str) -> None:
        self._console.say("atelier", text)
