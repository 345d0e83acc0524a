#!/usr/bin/env python3
"""Runs a command with a private MariaDB and a private Redis: `scripts/services.py [--max-connections N] -- make test`.

Both servers come from Debian's packages and listen only on sockets in a temporary folder. They end, and the folder is
removed, when the command ends in any way, and when this program is killed. The command finds them in DATABASE_URL and
REDIS_URL. Servers that already run on the machine are not used.
"""

import argparse
import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kernel.testing import child_processes

MARIADB_INSTALL, MARIADB, REDIS = "mariadb-install-db", "mariadbd", "redis-server"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--max-connections", type=int, default=151)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        parser.error("give a command after --")
    # SIGTERM must stop the servers, too: it becomes an exception, and the `with` statement stops them.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with services(max_connections=arguments.max_connections) as environment:
        return int(child_processes.run(command, env=os.environ | environment).returncode)


@contextlib.contextmanager
def services(*, max_connections: int = 151) -> Iterator[dict[str, str]]:
    """Start both servers and give their environment variables. At the end stop them and remove their folder."""
    with servers(max_connections=max_connections) as (_database, environment):
        yield environment


@contextlib.contextmanager
def servers(*, max_connections: int = 151, durable: bool = False) -> Iterator[tuple["MariaDB", dict[str, str]]]:
    """Do the same, and give the MariaDB object too, for a proof that kills it.

    `durable` makes it write to disk as a school's own server does.
    """
    for program in (MARIADB_INSTALL, MARIADB, REDIS):
        if not _find(program):
            sys.exit(f"{program} is missing: apt-get install mariadb-server redis-server")
    with child_processes.temporary_folder("atelier-services-") as name:
        folder = Path(name)
        account = _account(folder)
        with contextlib.ExitStack() as running:
            database = MariaDB(folder, account, max_connections, durable)
            database.start()
            running.callback(database.stop)
            broker = _start_redis(running, folder, account)
            yield database, {"DATABASE_URL": database.url, "REDIS_URL": broker}


def _account(folder: Path) -> dict[str, Any]:
    """Return Popen's arguments for an unprivileged user that owns the folder; {} when we are not root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("mysql" if "mysql" in names else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o711)  # so that the tests reach the sockets; the name of the folder is random
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class MariaDB:
    """A private server in `folder`. It can be killed and started again on the same data."""

    def __init__(self, folder: Path, account: dict[str, Any], connections: int, durable: bool) -> None:
        data, self.socket_path, self.log = folder / "mariadb", folder / "mariadb.sock", folder / "mariadb.log"
        self.account = account
        password = secrets.token_hex(12)
        self.url = f"mysql://atelier:{password}@localhost/atelier?unix_socket={self.socket_path}"
        init_file = folder / "first.sql"
        init_file.write_text(
            "CREATE DATABASE IF NOT EXISTS atelier CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;\n"
            f"CREATE USER IF NOT EXISTS atelier@localhost IDENTIFIED BY '{password}';\n"
            "GRANT ALL ON *.* TO atelier@localhost;\n"
        )
        if account:
            os.chown(init_file, account["user"], account["group"])
        init_file.chmod(0o600)
        install = [_find(MARIADB_INSTALL), "--no-defaults", f"--datadir={data}", "--skip-test-db"]
        install.append("--auth-root-authentication-method=normal")
        result = subprocess.run(install, capture_output=True, text=True, check=False, cwd=folder, **account)
        if result.returncode:
            sys.exit(f"{MARIADB_INSTALL} failed:\n{result.stdout}{result.stderr}")
        self.command = [_find(MARIADB), "--no-defaults", f"--datadir={data}", f"--socket={self.socket_path}"]
        self.command += ["--skip-networking", f"--pid-file={folder / 'mariadb.pid'}", f"--tmpdir={folder}"]
        self.command += [f"--init-file={init_file}", f"--max-connections={connections}", "--skip-log-bin"]
        self.command.append("--innodb-buffer-pool-size=128M")
        if not durable:  # the data of tests may be lost in a power cut
            self.command += ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"]
            self.command.append("--innodb-flush-method=nosync")

    def start(self) -> None:
        self._process = _launch(self.command, self.log, self.socket_path, self.account)

    def kill(self) -> None:
        """Kill the server with SIGKILL, so that it writes nothing more."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        _stop(self._process)


def _start_redis(running: contextlib.ExitStack, folder: Path, account: dict[str, Any]) -> str:
    socket_path = folder / "redis.sock"
    command = [_find(REDIS), "--port", "0", "--unixsocket", str(socket_path), "--unixsocketperm", "777", "--save", ""]
    command += ["--dir", str(folder), "--databases", "64"]
    running.callback(_stop, _launch(command, folder / "redis.log", socket_path, account))
    return f"unix://{socket_path}"


def _launch(command: list[str], log: Path, socket_path: Path, account: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start a server and wait until its socket answers."""
    with log.open("wb") as out:
        process: subprocess.Popen[bytes] = child_processes.start(
            command, stdout=out, stderr=subprocess.STDOUT, cwd=log.parent, **account
        )
    last = time.monotonic() + 60
    while not _answers(socket_path):
        if process.poll() is not None or time.monotonic() > last:
            _stop(process)
            sys.exit(f"{command[0]} did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)
    return process


def _answers(socket_path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(socket_path))
        except OSError:
            return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _find(program: str) -> str:
    """Return the path of a program; "" when there is none. The PATH of a normal user lacks the sbin folders."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin") or ""


if __name__ == "__main__":
    sys.exit(main())
