"""The processes of a worker's pool end with their worker (`startup.end_with_parent`)."""

import subprocess
import sys

import pytest
from django.conf import settings

from kernel.testing import child_processes
from kernel.testing.processes import parent_pid
from supervisor.worker_pool import WorkerPool

pytestmark = pytest.mark.processes

POOL = """
import os, time
from config.startup import end_with_parent
worker = os.getpid()
if os.fork():
    time.sleep(60)
if {late}:
    print(os.getpid(), flush=True)
    while os.getppid() == worker:
        time.sleep(0.01)
end_with_parent(worker)
print(os.getpid(), flush=True)
time.sleep(10)
print("still here", flush=True)
"""


@pytest.mark.parametrize("late", [False, True])
def test_a_pool_process_ends_with_its_worker_also_when_it_is_killed_during_the_start(late):
    """Otherwise the processes of a half-started pool wait for each other for ever."""
    command = [sys.executable, "-c", POOL.format(late=late)]
    with child_processes.start(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True) as worker:
        assert parent_pid(int(worker.stdout.readline())) == worker.pid
        worker.kill()
        assert worker.stdout.read() == "", "the pipe is closed: no process of the pool is left"


def test_a_pool_that_was_ended_during_the_start_is_no_error():
    pool = WorkerPool(limit=1)
    assert pool.did_start_ok()
