#!/usr/bin/env python3
"""Runs the services of docker-compose.yml without Docker.

Run it with `make proof NAME=compose`. The command, environment and health check of each service are read from the file
and run here, with the MariaDB and Redis of scripts/services.py and with Debian's nginx and deploy/nginx.conf.template.
Only addresses, the data folder and secrets are replaced, and the script prints that. Then a user signs in, opens the
event stream and books a machine.
"""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

from kernel.testing import child_processes
from kernel.testing.ports import free_port
from proofs.support.compose_service import ROOT, Service, nginx_command, say
from proofs.support.https_client import NAME, HttpsClient, must


def main() -> int:
    must("unix_socket" in os.environ.get("DATABASE_URL", ""), "run this with make proof NAME=compose")
    with child_processes.temporary_folder("atelier-compose-") as name, ExitStack() as running:
        prove(Path(name), running)
    return 0


def prove(folder: Path, running: ExitStack) -> None:
    """Start all services in `folder`, use them through the proxy, and stop them."""
    declared = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    web, live, proxy_port = free_port(), free_port(), free_port()
    home = folder / "data"
    home.mkdir()
    replacements: dict[str, Any] = {
        "words": {"0.0.0.0": "127.0.0.1", "8000": str(web), "8001": str(live), "/data": str(home)},
        "variables": {
            "ATELIER_HOME": str(home),
            "DATABASE_URL": os.environ["DATABASE_URL"],
            "REDIS_URL": os.environ["REDIS_URL"],
        },
    }
    replacements["words"]["http://127.0.0.1/"] = f"http://127.0.0.1:{proxy_port}/"
    services = {name: Service(name, declaration, replacements, folder) for name, declaration in declared.items()}
    say(f"services in the file: {', '.join(services)}")
    say("replaced: addresses, data folder, secrets; private servers instead of the containers database and redis")
    services["migrate"].run()
    services["migrate"].run()  # the second run must change nothing, as at the next start of an installation
    variables = services["web"].environment | {"DJANGO_SUPERUSER_PASSWORD": "proof of compose"}
    command = ["python", "manage.py", "createsuperuser", "--no-input", "--username=ada", "--email=ada@school.example"]
    subprocess.run(command, cwd=ROOT, env=variables, check=True, capture_output=True)
    for service in ("web", "live", "worker", "fetch", "schedule"):
        services[service].start(running)
    for service in ("web", "live", "worker", "fetch", "schedule"):
        services[service].wait_healthy()
    proxy = services["proxy"]
    addresses = {"LISTEN": f"127.0.0.1:{proxy_port}", "WEB": f"127.0.0.1:{web}", "LIVE": f"127.0.0.1:{live}"}
    proxy.command = nginx_command(folder, proxy.environment | addresses)
    proxy.start(running)
    proxy.wait_healthy()
    check_pages_and_stream(proxy_port)
    check_scheduled_task(services["worker"])
    for service in ("proxy", "schedule", "fetch", "worker", "live", "web"):
        services[service].stop()


def check_pages_and_stream(port: int) -> None:
    """Use the site through the proxy as a browser does.

    It signs in, opens a page and the event stream, books, and waits for the change notification.
    """
    client = HttpsClient(port)
    _, form = client.request("/sign-in/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    must(bool(token), "the sign-in page has no form")
    fields = {"username": "ada", "password": "proof of compose", "csrfmiddlewaretoken": token[1] if token else ""}
    referer = f"https://{NAME}/sign-in/"
    content_type = "application/x-www-form-urlencoded"
    answer, _ = client.request("/sign-in/", urlencode(fields).encode(), Referer=referer, Content_Type=content_type)
    must(answer.status == 302, f"signing in answers {answer.status}")
    say(f"signed in through the proxy, as if behind TLS: {answer.status}, cookies {', '.join(sorted(client.cookies))}")

    answer, page = client.request("/farm/")
    must(answer.status == 200, f"/farm/ answers {answer.status}")
    policy = answer.getheader("Content-Security-Policy", "")
    must("unsafe" not in policy and "script-src" in policy, f"the content policy is {policy!r}")
    say(f"{answer.status} /farm/ by WSGI, {len(page)} characters, {page.count('ferme-')} mentions of the original farm")
    sheet = re.search(r'href="(/static/css/site[^"]+)"', page)
    must(bool(sheet), "the page names no style sheet")
    answer, _ = client.request(sheet[1] if sheet else "", Accept_Encoding="br")
    caching = answer.getheader("Cache-Control", "")
    say(f"{answer.status} {sheet[1] if sheet else ''} {answer.getheader('Content-Encoding')}, {caching}")
    must(answer.status == 200 and "immutable" in caching, "static files are not cached for ever")

    ticket = re.search(r'data-ticket="([^"]+)"', page)
    must(bool(ticket), "the farm's page has no stream")
    stream = client.open(f"/events/?{urlencode({'ticket': ticket[1] if ticket else ''})}")
    must(stream.status == 200, f"/events/ answers {stream.status}")
    say(f"{stream.status} /events/ by ASGI, {stream.getheader('Content-Type')}; first line {stream.readline()!r}")
    began, number = book(client)
    line = b""
    while not line.startswith(b"data: "):
        line = stream.readline()
        must(bool(line), "the stream ended")
    milliseconds = 1000 * (time.monotonic() - began)
    say(f"booking {number} made by WSGI: notification by ASGI after {milliseconds:.0f} ms: {line!r}")
    stream.close()


def book(client: HttpsClient) -> tuple[float, int]:
    """Book one GPU of machine 2 tomorrow, with the French API and the session of the client.

    Return the monotonic time of the request and the id of the booking.
    """
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    body = {
        "date_debut": f"{start:%Y-%m-%d %H:%M:%S}",
        "date_fin": f"{start + timedelta(hours=2):%Y-%m-%d %H:%M:%S}",
        "nomUtilisateur": "ada",
        "lignes": [{"idRessource": 2, "nbGPU": 1, "nbMemoire": 1}],
    }
    headers = {"Referer": f"https://{NAME}/farm/", "X_CSRFToken": client.cookies["csrftoken"]}
    began = time.monotonic()
    answer, text = client.request("/Reservation", json.dumps(body).encode(), Content_Type="application/json", **headers)
    must(answer.status == 201, f"the booking is answered with {answer.status}: {text[:500]}")
    return began, json.loads(text)["id"]


def check_scheduled_task(worker: Service) -> None:
    """Wait up to 60 s until a task of the schedule has succeeded in the worker.

    The schedule sends it to the worker through Redis.
    """
    last = time.monotonic() + 60
    while not (task := re.search(r"Task (\S+?)\[\S+\] succeeded in (\S+)", worker.log.read_text(errors="replace"))):
        must(time.monotonic() < last, f"no task of the schedule has run:\n{worker.end_of_log()}")
        time.sleep(0.2)
    say(f"the schedule's {task[1]} ran in the worker: {task[2]}")


if __name__ == "__main__":
    sys.exit(main())
