"""Paths and addresses that depend on the data folder (ATELIER_HOME)."""

import hashlib
import os
from pathlib import Path
from urllib.parse import quote

SOCKET_BYTES = 107  # Linux's limit for the path of a Unix socket


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
    home.mkdir(parents=True, exist_ok=True)
    file.write_text(server)
    return server
