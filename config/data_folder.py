"""Where things stand in and near the data folder."""

import hashlib
import os
from pathlib import Path
from urllib.parse import quote

SOCKET_BYTES = 107  # the kernel's limit for the path of a Unix socket


def broker_socket(home: Path) -> Path:
    """The private broker's socket: in the data folder, or in a short folder of this data folder's own near by."""
    inside = home / "broker.sock"
    if len(os.fsencode(inside)) <= SOCKET_BYTES:
        return inside
    name = f"atelier-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}/broker.sock"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    near = Path(runtime, name)
    if runtime and len(os.fsencode(near)) <= SOCKET_BYTES:
        return near
    return Path("/tmp", name)  # noqa: S108 - the supervisor refuses a folder there that is not its own


def broker_url(home: Path) -> str:
    return f"unix://{quote(str(broker_socket(home)))}"


def demo_git_server(home: Path, port: int) -> str:
    """`host:port` of the demo's Git server: kept in the data folder, because its repositories' addresses hold it."""
    file = home / "demo_git_server"
    try:
        return file.read_text().strip()
    except OSError:
        pass
    server = f"127.0.0.1:{port + 10_000 if port <= 55_535 else port - 10_000}"
    home.mkdir(parents=True, exist_ok=True)
    file.write_text(server)
    return server
