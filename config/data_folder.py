"""Paths and addresses that depend on the data folder (ATELIER_HOME), and how it is closed to other users."""

import contextlib
import hashlib
import os
import stat
from itertools import chain
from pathlib import Path
from urllib.parse import quote

SOCKET_BYTES = 107  # Linux's limit for the path of a Unix socket
OTHERS = 0o077  # the rights of the group and of all others


def keep_private() -> None:
    """Let this process create files that only its own user can read. Every process calls it at its start."""
    os.umask(OTHERS)


def close_to_others(home: Path) -> str:
    """Create the data folder, or close it to other users of the machine.

    Returns a sentence when it was open to them, else "".

    Files in an open folder are closed one by one, because other users may have opened them already.
    """
    keep_private()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    everything = [home, *home.iterdir()]
    if stat.S_IMODE(home.stat().st_mode) & OTHERS:
        everything = [home, *(Path(folder, name) for folder, *names in os.walk(home) for name in chain(*names))]
    closed = sum(_close(path) for path in everything)
    if not closed:
        return ""
    return f"other users of this machine could read {closed} files and folders in {home}; they are closed now"


def _close(path: Path) -> bool:
    """Remove the rights of others from a file or a folder; return whether there were any.

    Links are skipped, because they have no rights of their own.
    """
    with contextlib.suppress(OSError):  # it is gone, or another user owns it
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & OTHERS:
            path.chmod(stat.S_IMODE(mode) & ~OTHERS)
            return True
    return False


def broker_socket(home: Path) -> Path:
    """Return the path of the private broker's socket.

    It is in the data folder. When that path is too long for a socket, it is in a short folder whose name is a hash of
    the data folder.
    """
    inside = home / "broker.sock"
    if len(os.fsencode(inside)) <= SOCKET_BYTES:
        return inside
    name = f"atelier-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}/broker.sock"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    short = Path(runtime, name)
    if runtime and len(os.fsencode(short)) <= SOCKET_BYTES:
        return short
    return Path("/tmp", name)  # noqa: S108 - the supervisor refuses a folder there that another user owns


def broker_url(home: Path) -> str:
    return f"unix://{quote(str(broker_socket(home)))}"


def demo_git_server(home: Path, port: int) -> str:
    """Return `host:port` of the demonstration's Git server.

    It is stored in the data folder, because the addresses of the repositories contain it.
    """
    file = home / "demo_git_server"
    try:
        return file.read_text().strip()
    except OSError:
        pass
    server = f"127.0.0.1:{port + 10_000 if port <= 55_535 else port - 10_000}"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(server)
    return server
