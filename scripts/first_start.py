#!/usr/bin/env python3
"""Does what a newcomer does: clone, `make run`, open the pages, Ctrl-C. Prints the seconds of each step.

The clone has no .venv, no data folder and only committed files. MariaDB, Redis and a compiler are not used:
DATABASE_URL and REDIS_URL are removed from the environment. `--keep` keeps the folder. `--twice` starts a second time
on the same folder, and ends that instance by killing the supervisor itself (kill -9).
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kernel.testing import child_processes  # noqa: E402
from kernel.testing.ports import free_port  # noqa: E402

PAGES = {
    "/livez": 200,
    "/readyz": 200,
    "/": 302,  # to the sign-in page
    "/sign-in/": 200,
    "/farm/": 302,
    "/courses/": 302,
    "/api/v1/schema": 200,
}
SIGNED_IN_PAGES = ["/", "/farm/", "/courses/", "/account/"]
LIMIT = 420  # seconds for the installation, the migrations and the demonstration school on two cores


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--twice", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="atelier-start-"))
    if not options.keep:
        child_processes.remove_at_end(folder)
    try:
        clone = folder / "atelier"
        subprocess.run(["git", "clone", "--quiet", "--local", "--no-hardlinks", ROOT, clone], check=True)
        return start_in(clone, "cloned") or (start_in(clone, "again", kill=True) if options.twice else 0)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def start_in(clone: Path, step: str, *, kill: bool = False) -> int:
    """Run `make run` in the clone, open its pages and end it. Return the exit code."""
    url = f"http://127.0.0.1:{free_port()}"
    began = time.monotonic()
    say(f"{step}; make run, at {url}")
    variables = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    variables |= {"PORT": url.rpartition(":")[2], "MAKEFLAGS": ""}
    log = (clone.parent / "log").open("w+")
    streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
    process = child_processes.start(["make", "run"], cwd=clone, env=variables, **streams)
    faults = []
    try:
        if not wait_for(f"{url}/readyz", process, began):
            faults.append(f"no page after {time.monotonic() - began:.0f} s")
        else:
            say(f"first page after {time.monotonic() - began:.1f} s")
            faults += check_pages(url)
    finally:
        stopping = time.monotonic()
        how = "kill -9 of make and the supervisor" if kill else "Ctrl-C"
        if process.poll() is None:  # the signal goes to make and the supervisor; its children have their own sessions
            os.killpg(process.pid, signal.SIGKILL if kill else signal.SIGINT)
        try:
            process.wait(30)
            say(f"ended {time.monotonic() - stopping:.1f} s after {how}, with code {process.returncode}")
        except subprocess.TimeoutExpired:
            faults.append(f"still running 30 s after {how}")
            os.killpg(process.pid, signal.SIGKILL)
    left = processes_of(clone)
    for line in left:
        faults.append(f"left behind: {line}")
    if not left:
        say(f"nothing is left running, {time.monotonic() - stopping:.1f} s after {how}")
    if faults:
        log.seek(0)
        print("".join(log.readlines()[-60:]))
    for fault in faults:
        say(f"FAILED {fault}")
    return 1 if faults else 0


def check_pages(url: str) -> list[str]:
    """Open the pages without and with a user. Return what is wrong."""
    faults = []
    for path, expected in PAGES.items():
        status, _ = get(url + path)
        say(f"{status} {path}")
        if status != expected:
            faults.append(f"{path} answers {status}, not {expected}")
    sign_in = get(f"{url}/sign-in/")[1]
    if "ada.staff" not in sign_in:
        return [*faults, "the sign-in page does not name the people of the demonstration school"]
    return faults + check_signed_in_pages(url)


def check_signed_in_pages(url: str) -> list[str]:
    """Sign in with the form, as a browser does, and open the pages. Return what is wrong."""
    jar = urllib.request.HTTPCookieProcessor()
    browser = urllib.request.build_opener(jar)
    form = browser.open(f"{url}/sign-in/", timeout=30).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    data = f"username=nadia.benali&password=atelier-demo&csrfmiddlewaretoken={token[1] if token else ''}".encode()
    browser.open(urllib.request.Request(f"{url}/sign-in/", data, {"Referer": f"{url}/sign-in/"}), timeout=30)
    faults = []
    for path in SIGNED_IN_PAGES:
        began = time.monotonic()
        try:
            answer = browser.open(url + path, timeout=30)
        except urllib.error.HTTPError as error:
            faults.append(f"{path} answers {error.code} to a teacher")
            continue
        final_path = answer.geturl().removeprefix(url)
        say(f"{answer.status} {path} signed in, {1000 * (time.monotonic() - began):.0f} ms")
        if final_path != path:
            faults.append(f"{path} redirected to {final_path} after signing in")
    schema = json.loads(get(f"{url}/api/v1/schema?format=json")[1])
    say(f"{len(schema['paths'])} addresses in the API's schema")
    return faults


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.build_opener(NoRedirect).open(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def wait_for(url: str, process: subprocess.Popen[bytes], began: float) -> bool:
    while time.monotonic() - began < LIMIT and process.poll() is None:
        try:
            if get(url)[0] == 200:
                return True
        except OSError:
            pass
        time.sleep(0.2)
    return False


def processes_of(folder: Path, seconds: float = 5) -> list[str]:
    """Wait up to `seconds` for the processes that name this folder to end; return those that still run."""
    last = time.monotonic() + seconds
    while (running := _processes_of(folder)) and time.monotonic() < last:
        time.sleep(0.2)
    return running


def _processes_of(folder: Path) -> list[str]:
    """Return "pid command" of each process that names the folder in its command, environment or working directory."""
    name = str(folder).encode()
    running = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            facts = command + b" " + bytes((entry / "cwd").readlink()) + b" " + (entry / "environ").read_bytes()
        except OSError:
            continue
        if name in facts:
            running.append(f"{entry.name} {command.replace(bytes(1), b' ').decode(errors='replace').strip()}")
    return running


def say(line: str) -> None:
    print(f"  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
