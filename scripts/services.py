#!/usr/bin/env python3
"""Run a command beside a MariaDB and a Redis of its own: `scripts/services.py [--max-connections N] -- make test`.

Both come from Debian's packages, listen on sockets in a temporary folder and on nothing else, and are gone with it when
the command ends, however it ends. The command finds them in DATABASE_URL and REDIS_URL. The machine's own servers, if
it has any, are neither asked nor touched.
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
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

MARIADB_INSTALL, MARIADB, REDIS = "mariadb-install-db", "mariadbd", "redis-server"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--max-connections", type=int, default=151)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        parser.error("which command?")
    # A kill of this process must still stop the servers: it becomes an exception, and `with` does the rest.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with services(max_connections=arguments.max_connections) as environment:
        return subprocess.run(command, env=os.environ | environment, check=False).returncode


@contextlib.contextmanager
def services(*, max_connections: int = 151) -> Iterator[dict[str, str]]:
    """Start both servers, give the variables that lead to them, stop them and remove their folder."""
    for program in (MARIADB_INSTALL, MARIADB, REDIS):
        if not _find(program):
            sys.exit(f"{program} is missing: apt-get install mariadb-server redis-server")
    with tempfile.TemporaryDirectory(prefix="atelier-services-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        account = _account(folder)
        with contextlib.ExitStack() as running:
            database = _start_mariadb(running, folder, account, max_connections)
            broker = _start_redis(running, folder, account)
            yield {"DATABASE_URL": database, "REDIS_URL": broker}


def _account(folder: Path) -> dict[str, object]:
    """Popen's words for an unprivileged account that owns the folder; none are needed unless we are root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("mysql" if "mysql" in names else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o711)  # root's tests reach the sockets; others would have to guess the folder's name
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _start_mariadb(running: contextlib.ExitStack, folder: Path, account: dict[str, object], connections: int) -> str:
    data, listens = folder / "mariadb", folder / "mariadb.sock"
    password = secrets.token_hex(12)
    first_words = folder / "first.sql"
    first_words.write_text(
        "CREATE DATABASE atelier CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;\n"
        f"CREATE USER atelier@localhost IDENTIFIED BY '{password}';\n"
        "GRANT ALL ON *.* TO atelier@localhost;\n"
    )
    if account:
        os.chown(first_words, account["user"], account["group"])  # type: ignore[arg-type]
    first_words.chmod(0o600)
    install = [_find(MARIADB_INSTALL), "--no-defaults", f"--datadir={data}", "--skip-test-db"]
    install.append("--auth-root-authentication-method=normal")
    made = subprocess.run(install, capture_output=True, text=True, check=False, cwd=folder, **account)  # type: ignore[call-overload]
    if made.returncode:
        sys.exit(f"{MARIADB_INSTALL} failed:\n{made.stdout}{made.stderr}")
    command = [_find(MARIADB), "--no-defaults", f"--datadir={data}", f"--socket={listens}", "--skip-networking"]
    command += [f"--pid-file={folder / 'mariadb.pid'}", f"--tmpdir={folder}", f"--init-file={first_words}"]
    command += [f"--max-connections={connections}", "--innodb-buffer-pool-size=128M", "--skip-log-bin"]
    # What a test wrote need not outlive a power cut.
    command += ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-flush-method=nosync"]
    _start(running, command, folder / "mariadb.log", listens, account)
    return f"mysql://atelier:{password}@localhost/atelier?unix_socket={listens}"


def _start_redis(running: contextlib.ExitStack, folder: Path, account: dict[str, object]) -> str:
    listens = folder / "redis.sock"
    command = [_find(REDIS), "--port", "0", "--unixsocket", str(listens), "--unixsocketperm", "777", "--save", ""]
    command += ["--dir", str(folder), "--databases", "64"]
    _start(running, command, folder / "redis.log", listens, account)
    return f"unix://{listens}"


def _start(
    running: contextlib.ExitStack, command: list[str], log: Path, listens: Path, account: dict[str, object]
) -> None:
    """Start a server, wait until its socket answers, and have it stopped when `running` ends."""
    with log.open("wb") as out:
        # A session of its own: Ctrl-C reaches the tests first, and the servers when the tests are done with them.
        process = subprocess.Popen(  # type: ignore[call-overload]
            command, stdout=out, stderr=subprocess.STDOUT, cwd=log.parent, start_new_session=True, **account
        )
    running.callback(_stop, process)
    last = time.monotonic() + 60
    while not _answers(listens):
        if process.poll() is not None or time.monotonic() > last:
            sys.exit(f"{command[0]} did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)


def _answers(listens: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as door:
        try:
            door.connect(str(listens))
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
    """Also in the folders for administrators, which a person's PATH leaves out."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin") or ""


if __name__ == "__main__":
    sys.exit(main())
