#!/usr/bin/env python3
"""The services of docker-compose.yml at work without an engine: `make proof NAME=compose`.

Each service's command, environment and health check is taken out of the file and run here, beside the MariaDB and Redis
of scripts/services.py and behind Debian's nginx with deploy/nginx.conf.template. Only what a container would give is
replaced, and said: addresses, the data folder, the secrets. Then a person signs in, opens the stream and books.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

from proofs.support.https_person import NAME, Person, must
from scripts.first_start import free_port

ROOT = Path(__file__).resolve().parent.parent
ANSWERS = {  # what the operator writes into .env
    "SECRET_KEY": "proof-" + os.urandom(24).hex(),
    "DB_PASSWORD": "replaced",
    "DB_ROOT_PASSWORD": "replaced",
    "PUBLIC_URL": f"https://{NAME}",
    "ALLOWED_HOSTS": NAME,
    "FILL": "1",
}
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


class Service:
    """One service of the file, as a process of ours."""

    def __init__(self, name: str, facts: dict[str, Any], place: dict[str, str], folder: Path) -> None:
        self.name, self._place = name, place
        self.command = [self._here(str(word)) for word in facts.get("command", [])]
        self.check = [self._here(str(word)) for word in facts.get("healthcheck", {}).get("test", [])]
        given = {key: filled(str(value)) for key, value in facts.get("environment", {}).items()}
        outside = {"PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}", "HOSTNAME": os.uname().nodename}
        self.environment = given | place["variables"] | outside  # type: ignore[operator]
        self.log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def _here(self, word: str) -> str:
        for inside, outside in self._place["words"].items():  # type: ignore[attr-defined]
            word = word.replace(inside, outside)
        return word.replace("$$", "$")

    def run(self) -> None:
        say(f"{self.name}: {' '.join(self.command)}")
        done = subprocess.run(self.command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        for line in done.stdout.splitlines():
            say(f"    {line}")
        must(done.returncode == 0, f"{self.name} ended with {done.returncode}\n{done.stderr}")

    def start(self, running: ExitStack) -> None:
        say(f"{self.name}: {' '.join(self.command)}")
        with self.log.open("wb") as out:
            self._process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=out, stderr=out, start_new_session=True
            )
        running.callback(self.kill)

    def healthy(self, seconds: float = 60) -> None:
        """Its own health check passes, as Compose would ask it."""
        began = time.monotonic()
        command = self.check[1:] if self.check[0] == "CMD" else ["sh", "-c", self.check[1]]
        while subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, check=False).returncode:
            alive = self._process is not None and self._process.poll() is None
            must(alive and time.monotonic() - began < seconds, f"{self.name} is not healthy:\n{self.said()}")
            time.sleep(0.2)
        say(f"{self.name} is healthy after {time.monotonic() - began:.1f} s ({' '.join(self.check[1:])})")

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        began = time.monotonic()
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(60)
        say(f"{self.name} ended {time.monotonic() - began:.1f} s after SIGTERM, with code {code}")

    def kill(self) -> None:
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def main() -> int:
    must("unix_socket" in os.environ.get("DATABASE_URL", ""), "run me with make proof NAME=compose")
    with tempfile.TemporaryDirectory(prefix="atelier-compose-") as name, ExitStack() as running:
        prove(Path(name), running)
    return 0


def prove(folder: Path, running: ExitStack) -> None:
    declared = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    web, live, front = free_port(), free_port(), free_port()
    home = folder / "data"
    home.mkdir()
    place: dict[str, Any] = {
        "words": {"0.0.0.0": "127.0.0.1", "8000": str(web), "8001": str(live), "/data": str(home)},
        "variables": {
            "ATELIER_HOME": str(home),
            "DATABASE_URL": os.environ["DATABASE_URL"],
            "REDIS_URL": os.environ["REDIS_URL"],
        },
    }
    place["words"]["http://127.0.0.1/"] = f"http://127.0.0.1:{front}/"
    services = {name: Service(name, facts, place, folder) for name, facts in declared.items()}
    say(f"services in the file: {', '.join(services)}")
    say("replaced: addresses, data folder, secrets, and the containers of database and redis by the private servers")
    services["migrate"].run()
    services["migrate"].run()  # the next start of the installation: nothing is left to do
    person = services["web"].environment | {"DJANGO_SUPERUSER_PASSWORD": "proof of compose"}
    account = ["python", "manage.py", "createsuperuser", "--no-input", "--username=ada", "--email=ada@school.example"]
    subprocess.run(account, cwd=ROOT, env=person, check=True, capture_output=True)
    for service in ("web", "live", "worker", "schedule"):
        services[service].start(running)
    for service in ("web", "live", "worker", "schedule"):
        services[service].healthy()
    proxy = services["proxy"]
    addresses = {"LISTEN": f"127.0.0.1:{front}", "WEB": f"127.0.0.1:{web}", "LIVE": f"127.0.0.1:{live}"}
    proxy.command = nginx(folder, proxy.environment | addresses)
    proxy.start(running)
    proxy.healthy()
    show_pages_and_stream(front)
    show_ticks(services["worker"])
    for service in ("proxy", "schedule", "worker", "live", "web"):
        services[service].stop()


def nginx(folder: Path, variables: dict[str, str]) -> list[str]:
    """The template filled in as the image's entry point does it: known variables alone."""
    text = (ROOT / "deploy/nginx.conf.template").read_text()
    site = re.sub(r"\$\{(\w+)\}", lambda found: variables[found[1]], text)
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


def show_pages_and_stream(port: int) -> None:
    person = Person(port)
    _, form = person.ask("/sign-in/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    must(bool(token), "the sign-in page has no form")
    fields = {"username": "ada", "password": "proof of compose", "csrfmiddlewaretoken": token[1] if token else ""}
    referer = f"https://{NAME}/sign-in/"
    kind = "application/x-www-form-urlencoded"
    answer, _ = person.ask("/sign-in/", urlencode(fields).encode(), Referer=referer, Content_Type=kind)
    must(answer.status == 302, f"signing in answers {answer.status}")
    say(f"signed in through the proxy, as if behind TLS: {answer.status}, cookies {', '.join(sorted(person.cookies))}")

    answer, page = person.ask("/farm/")
    must(answer.status == 200, f"/farm/ answers {answer.status}")
    policy = answer.getheader("Content-Security-Policy", "")
    must("unsafe" not in policy and "script-src" in policy, f"the content policy is {policy!r}")
    say(f"{answer.status} /farm/ by WSGI, {len(page)} characters, {page.count('ferme-')} mentions of the original farm")
    sheet = re.search(r'href="(/static/css/atelier[^"]+)"', page)
    must(bool(sheet), "the page names no style sheet")
    answer, _ = person.ask(sheet[1] if sheet else "", Accept_Encoding="br")
    kept = answer.getheader("Cache-Control", "")
    say(f"{answer.status} {sheet[1] if sheet else ''} {answer.getheader('Content-Encoding')}, {kept}")
    must(answer.status == 200 and "immutable" in kept, "static files are not kept")

    ticket = re.search(r'data-ticket="([^"]+)"', page)
    must(bool(ticket), "the farm's page has no stream")
    stream = person.open(f"/events/?{urlencode({'ticket': ticket[1] if ticket else ''})}")
    must(stream.status == 200, f"/events/ answers {stream.status}")
    say(f"{stream.status} /events/ by ASGI, {stream.getheader('Content-Type')}; first line {stream.readline()!r}")
    began, number = book(person)
    line = b""
    while not line.startswith(b"data: "):
        line = stream.readline()
        must(bool(line), "the stream ended")
    say(f"booking {number} made by WSGI was told by ASGI after {1000 * (time.monotonic() - began):.0f} ms: {line!r}")
    stream.close()


def book(person: Person) -> tuple[float, int]:
    """Through the French API, with the person's session: one GPU of machine 2 tomorrow."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    body = {
        "date_debut": f"{start:%Y-%m-%d %H:%M:%S}",
        "date_fin": f"{start + timedelta(hours=2):%Y-%m-%d %H:%M:%S}",
        "nomUtilisateur": "ada",
        "lignes": [{"idRessource": 2, "nbGPU": 1, "nbMemoire": 1}],
    }
    headers = {"Referer": f"https://{NAME}/farm/", "X_CSRFToken": person.cookies["csrftoken"]}
    began = time.monotonic()
    answer, text = person.ask("/Reservation", json.dumps(body).encode(), Content_Type="application/json", **headers)
    must(answer.status == 201, f"the booking is answered {answer.status}: {text[:500]}")
    return began, json.loads(text)["id"]


def show_ticks(worker: Service) -> None:
    """The schedule's tick reaches the worker through Redis, and its task ends well."""
    last = time.monotonic() + 60
    while not (found := re.search(r"Task (\S+?)\[\S+\] succeeded in (\S+)", worker.log.read_text(errors="replace"))):
        must(time.monotonic() < last, f"no task of the schedule has run:\n{worker.said()}")
        time.sleep(0.2)
    say(f"the schedule's {found[1]} ran in the worker: {found[2]}")


def filled(text: str) -> str:
    """Compose's ${NAME}, ${NAME:-default} and ${NAME:?sentence}, with the operator's answers."""

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if name not in ANSWERS and kind == "?":
            must(False, f"{name} is asked for and has no answer here")
        return ANSWERS.get(name, rest if kind == "-" else "")

    return VARIABLE.sub(value, text)


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
