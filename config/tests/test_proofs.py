"""A short look at each proof, so that it still runs when somebody needs it."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.processes


def run(script, *words, **variables):
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return subprocess.run(
        [sys.executable, f"bench/{script}", *words],
        cwd=settings.BASE_DIR,
        env=kept | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_stream_is_told_of_every_change(broker):
    ended = run("live_streams.py", "--streams", "20", "--changes", "3", "--late", "1", REDIS_URL=broker)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "changes told        60 of 60" in ended.stdout
    assert "missed              nothing" in ended.stdout


def test_clones_survive_the_broker():
    ended = run("crash.py", "--tasks", "4", "--kill", "broker")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "4 of 4 done, 12 commits" in ended.stdout
