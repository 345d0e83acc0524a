"""One process of the instance: started through the shim, restarted when it ends, its log lines on the console."""

import asyncio
import contextlib
import os
import re
import signal
from typing import Any

from supervisor import shim
from supervisor.console import Console

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a restart, doubled each time
STABLE = 60.0  # seconds after which the pause starts from FIRST_PAUSE again
LINE = 1 << 20  # bytes; a longer line is cut


class Child:
    """A child process. `life` is the reading end of a pipe that closes when the supervisor ends.

    The supervisor calls `check_exit` at each SIGCHLD.
    """

    def __init__(
        self,
        name: str,
        program: shim.Program,
        *,
        life: int,
        console: Console,
        grace: float = 5,
        noise: re.Pattern[str] | None = None,
    ) -> None:
        self.name = name
        self._program = program
        self._life = life
        self._console = console
        self._grace = grace
        self._noise = noise
        self._pid = 0  # of the shim, while it runs
        self._ended: asyncio.Future[int] | None = None
        self._keeper: asyncio.Task[Any] | None = None
        self._ending = asyncio.Event()

    def start(self) -> None:
        self._keeper = asyncio.create_task(self._keep())

    async def run(self) -> int:
        """Run the process once, until it ends. Return its exit code."""
        self._keeper = once = asyncio.create_task(self._once())
        return await asyncio.shield(once)  # `stop` must be able to wait for it when this call is cancelled

    async def stop(self) -> None:
        """Send SIGTERM. Kill the process and its group when it has not ended after `grace` seconds."""
        self._ending.set()
        if self._pid:
            os.kill(self._pid, signal.SIGTERM)
        if self._keeper:
            done, _ = await asyncio.wait({self._keeper}, timeout=self._grace)
            if not done:
                self.kill()
                await self._keeper

    def kill(self) -> None:
        self._ending.set()
        if self._pid:
            _kill_group(self._pid)

    def check_exit(self) -> None:
        """Find out whether the process has ended."""
        if self._pid and self._ended is not None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._pid = 0
                self._ended.set_result(os.waitstatus_to_exitcode(status))

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        loop = asyncio.get_running_loop()
        while not self._ending.is_set():
            began = loop.time()
            code = await self._once()
            if self._ending.is_set():
                return
            if loop.time() - began >= STABLE:
                pause = FIRST_PAUSE
            self._console.say("atelier", f"{self.name} ended {_cause(code)}; it is started again in {pause:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _once(self) -> int:
        read, write = os.pipe()
        self._ended = asyncio.get_running_loop().create_future()
        try:
            self._pid = pid = shim.start(self.name, self._program, output=write, life=self._life)
        finally:
            os.close(write)
        lines = asyncio.create_task(self._copy_lines(read))
        if self._ending.is_set():  # `stop` was called before the start
            os.kill(pid, signal.SIGTERM)
        code = await self._ended
        _kill_group(pid)  # a worker's pool may still be running
        await asyncio.wait({lines}, timeout=1)
        lines.cancel()
        return code

    async def _copy_lines(self, read: int) -> None:
        stream = asyncio.StreamReader(limit=LINE)
        with os.fdopen(read, "rb", 0) as pipe:
            await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), pipe)
            while True:
                try:
                    line = await stream.readline()
                except ValueError:
                    continue
                if not line:
                    return
                text = line.decode("utf-8", "replace").rstrip()
                if text and not (self._noise and self._noise.search(text)):
                    self._console.say(self.name, text)


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _cause(code: int) -> str:
    """Describe how the process ended. The shim returns 128 + n when signal n ended the command."""
    number = -code if code < 0 else code - 128
    if code < 0 or code > 128:
        with contextlib.suppress(ValueError):
            return f"by {signal.Signals(number).name}"
    return f"with code {code}"
