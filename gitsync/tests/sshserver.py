"""A real OpenSSH server (`sshd`) on loopback. It serves Git repositories to the keys in its list, and nothing more.

It runs as the user of the tests, and lets only that user in. The key of each client is bound to one command, which
does what git-shell does: `git-upload-pack` of a repository below one folder.
"""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gitsync.git.ssh import SshCredential
from gitsync.git.ssh_keys import KeyPair, new_key_pair
from gitsync.tests.gitserver import Work, git
from kernel.testing import child_processes

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin") or ""
HOST_KEY_KINDS = ("ed25519", "ecdsa", "rsa")
COMMAND = """#!/bin/sh
case "$SSH_ORIGINAL_COMMAND" in
    *..*) echo "fatal: no such path" >&2; exit 128 ;;
    "git-upload-pack '/"*"'") ;;
    *) echo "fatal: only git-upload-pack is allowed" >&2; exit 128 ;;
esac
path=${SSH_ORIGINAL_COMMAND#"git-upload-pack '"}
path=${path%"'"}
case "$path" in
    /hangs.git) exec sleep 10 ;;
    /garbage.git) exec echo "this is no packet of Git" ;;
    /floods.git) exec yes FLOOD ;;
    /refused.git) echo "ERROR: Permission to refused.git denied to this deploy key." >&2; exit 1 ;;
esac
cd "$(cat FOLDER/root)" && exec git upload-pack ".$path"
"""
CONFIGURATION = """
ListenAddress 127.0.0.1
Port {port}
AuthorizedKeysFile {folder}/authorized_keys
ForceCommand {folder}/command
AllowUsers {user}
AcceptEnv GIT_PROTOCOL
SetEnv HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PidFile none
MaxStartups 100
MaxSessions 1
DisableForwarding yes
LogLevel VERBOSE
"""


class SshServer:
    """`root` holds the repositories; `host_keys` are the public keys that the server may show."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.user = folder, getpass.getuser()
        self.key = new_key_pair("tests")
        self.host_keys: tuple[str, ...] = ()
        command = folder / "command"
        command.write_text(COMMAND.replace("FOLDER", str(folder)).replace("FLOOD", f"'003a{'a' * 40} refs/heads/x'"))
        command.chmod(0o755)
        for kind in HOST_KEY_KINDS:
            path = folder / f"host_{kind}"
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", path], check=True)
            self.host_keys += (path.with_suffix(".pub").read_text().strip(),)
        self.root = folder
        self.allow(self.key)
        if os.geteuid() == 0:  # then sshd wants this folder, which Debian makes when it starts its own server
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)

    def start(self) -> None:
        """Start sshd on a free port, and wait until it answers."""
        for _attempt in range(5):
            with socket.create_server(("127.0.0.1", 0)) as probe:
                self.port = probe.getsockname()[1]
            lines = CONFIGURATION.format(port=self.port, folder=self.folder, user=self.user)
            keys = "".join(f"HostKey {self.folder}/host_{kind}\n" for kind in HOST_KEY_KINDS)
            (self.folder / "sshd_config").write_text(lines + keys)
            self._process = child_processes.start(
                [SSHD, "-D", "-f", self.folder / "sshd_config", "-E", self.folder / "log"]
            )
            if self._answers():
                return
        raise AssertionError(f"sshd did not start:\n{(self.folder / 'log').read_text()}")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def allow(self, *keys: KeyPair) -> None:
        """Let in the owners of these keys, and nobody else."""
        (self.folder / "authorized_keys").write_text("".join(f"restrict {key.public}\n" for key in keys))

    def serve(self, root: Path) -> None:
        """Serve the repositories in this folder."""
        self.root = root
        (self.folder / "root").write_text(str(root))

    def create(self, name: str) -> Work:
        """Create an empty repository, and return a working copy of it."""
        bare = self.root / f"{name}.git"
        git("init", "-q", "--bare", "-b", "main", str(bare), cwd=self.root)
        return Work(self.root / f"{name}.work", bare)

    def credential(self, host: str = "127.0.0.1", **changes: object) -> SshCredential:
        """Return the credential that is let in, for the repositories of `host`, with the given changes."""
        values: dict[str, object] = {
            "host": host,
            "port": self.port,
            "user": self.user,
            "private_key": self.key.private,
            "host_keys": self.host_keys,
        }
        return SshCredential(**(values | changes))  # type: ignore[arg-type]

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def connections(self) -> int:
        """Return how many clients have connected."""
        return self.log().count("Connection from")

    def _answers(self) -> bool:
        last = time.monotonic() + 20
        while self._process.poll() is None and time.monotonic() < last:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.01)
            else:
                while not self.connections() and time.monotonic() < last:  # sshd logs it a moment later
                    time.sleep(0.01)
                return True
        return False


@contextmanager
def ssh_serving(folder: Path) -> Iterator[SshServer]:
    server = SshServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
