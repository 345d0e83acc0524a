"""The server of production under more sign-ins than it has threads: it refuses some, and answers the pages."""

import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from accounts import password_hashing
from kernel.testing import child_processes
from kernel.testing.ports import free_port
from kernel.testing.site_server import environment, wait_for

SIGN_INS = 40


@pytest.fixture
def granian(tmp_path, site):
    """The URL of the server of docker-compose.yml with one worker, on the test database. `site` made the files."""
    url, log = f"http://127.0.0.1:{free_port()}", tmp_path / "granian.log"
    command = [sys.executable, "-m", "config.web_server", "--interface", "wsgi", "config.wsgi:application"]
    command += ["--host", "127.0.0.1", "--port", url.rpartition(":")[2], "--no-ws"]
    command += ["--workers", "1", "--blocking-threads", "4"]
    with log.open("w") as out:
        process = child_processes.start(
            command, env=environment(url), cwd=settings.BASE_DIR, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        wait_for(f"{url}/livez", process, log)
        yield url
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.processes
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_more_sign_ins_than_threads_are_refused_at_once(granian):
    def sign_in(number):
        fields = urllib.parse.urlencode({"username": f"nobody{number}", "password": "wrong"}).encode()
        try:
            return urllib.request.urlopen(f"{granian}/api/v1/token/", fields, timeout=60)
        except urllib.error.HTTPError as error:
            return error

    with ThreadPoolExecutor(SIGN_INS) as threads:
        answers = list(threads.map(sign_in, range(SIGN_INS)))
    assert {answer.status for answer in answers} == {401, 503}
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status == 503)


def test_the_callers_that_wait_are_fewer_than_the_threads_of_a_production_process():
    compose = Path(settings.BASE_DIR, "docker-compose.yml").read_text()
    threads = int(re.search(r'--blocking-threads, "([0-9]+)"', compose)[1])
    assert threads > password_hashing.AT_ONCE + password_hashing.WAITING_FOR_FEW_THREADS
