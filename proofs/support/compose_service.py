"""A service of docker-compose.yml as a process on this machine, for proofs that run what a school runs."""

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from kernel.testing import child_processes
from proofs.support.https_client import NAME, must

ROOT = Path(__file__).resolve().parents[2]
OPERATOR_VALUES = {  # the values that an operator writes into .env
    "SECRET_KEY": "proof-" + os.urandom(24).hex(),
    "DB_PASSWORD": "replaced",
    "DB_ROOT_PASSWORD": "replaced",
    "PUBLIC_URL": f"https://{NAME}",
    "ALLOWED_HOSTS": NAME,
    "FILL": "1",
}
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


class Service:
    """One service of docker-compose.yml, as a process on this machine.

    `replacements` are the parts of commands and the variables that differ from those in a container.
    """

    def __init__(self, name: str, declaration: dict[str, Any], replacements: dict[str, Any], folder: Path) -> None:
        self.name, self._replacements = name, replacements
        self.command = [self._replace(str(word)) for word in declaration.get("command", [])]
        self.check = [self._replace(str(word)) for word in declaration.get("healthcheck", {}).get("test", [])]
        declared = {key: fill_in(str(value)) for key, value in declaration.get("environment", {}).items()}
        outside = {"PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}", "HOSTNAME": os.uname().nodename}
        self.environment = declared | replacements["variables"] | outside
        self.log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def _replace(self, word: str) -> str:
        for inside, outside in self._replacements["words"].items():
            word = word.replace(inside, outside)
        return word.replace("$$", "$")

    def run(self) -> None:
        """Run the service until it ends. Any exit code but 0 is a failure."""
        say(f"{self.name}: {' '.join(self.command)}")
        result = subprocess.run(
            self.command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        for line in result.stdout.splitlines():
            say(f"    {line}")
        must(result.returncode == 0, f"{self.name} ended with {result.returncode}\n{result.stderr}")

    def start(self, running: ExitStack) -> None:
        """Start the service. It is killed when `running` closes."""
        say(f"{self.name}: {' '.join(self.command)}")
        with self.log.open("wb") as out:
            self._process = child_processes.start(self.command, cwd=ROOT, env=self.environment, stdout=out, stderr=out)
        running.callback(self.kill)

    def wait_healthy(self, seconds: float = 60) -> None:
        """Wait until the health check of the file passes, as Compose does."""
        began = time.monotonic()
        command = self.check[1:] if self.check[0] == "CMD" else ["sh", "-c", self.check[1]]
        while subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, check=False).returncode:
            alive = self._process is not None and self._process.poll() is None
            must(alive and time.monotonic() - began < seconds, f"{self.name} is not healthy:\n{self.end_of_log()}")
            time.sleep(0.2)
        say(f"{self.name} is healthy after {time.monotonic() - began:.1f} s ({' '.join(self.check[1:])})")

    def end_of_log(self) -> str:
        """Return the last 3,000 characters of the log."""
        return self.log.read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        """Send SIGTERM, and wait up to 60 s for the end of the process."""
        began = time.monotonic()
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(60)
        say(f"{self.name} ended {time.monotonic() - began:.1f} s after SIGTERM, with code {code}")

    def kill(self) -> None:
        """Kill the service with all its processes."""
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def fill_in(text: str) -> str:
    """Replace Compose's variables by the operator's values.

    They have the forms ${NAME}, ${NAME:-default} and ${NAME:?sentence}.
    """

    def value(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if name not in OPERATOR_VALUES and kind == "?":
            must(False, f"docker-compose.yml needs {name}, which has no value here")
        return OPERATOR_VALUES.get(name, rest if kind == "-" else "")

    return VARIABLE.sub(value, text)


def nginx_command(folder: Path, variables: dict[str, str]) -> list[str]:
    """Fill in the template as the image of nginx does, and return nginx's command line."""
    text = (ROOT / "deploy/nginx.conf.template").read_text()
    site = re.sub(r"\$\{(\w+)\}", lambda match: variables[match[1]], text)
    temporary = "".join(
        f"    {kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off;\npid {folder}/nginx.pid;\nerror_log stderr warn;\nevents {{}}\n"
        f"http {{\n    access_log off;\n{temporary}{site}\n}}\n"
    )
    folder.chmod(0o755)
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    must(bool(program), "nginx is missing: apt-get install nginx-light")
    return [str(program), "-p", str(folder), "-c", str(folder / "nginx.conf")]


def say(line: str) -> None:
    print(line, flush=True)
