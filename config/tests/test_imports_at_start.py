"""The imports of a process before its first request. Packages that few requests need are imported on first use."""

import subprocess
import sys

import pytest
from django.conf import settings

from config import startup
from kernel.testing.processes import environment

# A shell of Celery's command line with history and colours; spreadsheets; Django's migrations.
NOT_AT_START = {"prompt_toolkit", "click_repl", "openpyxl", "accounts.migrations", "farm.migrations"}
# Readers of Git objects, which only workers need.
ONLY_IN_WORKERS = {"pygit2", "dulwich"}
TASK_QUEUE = {"celery", "kombu", "redis"}  # web servers import it after their first answer
FORKED = "import django; django.setup(); from supervisor import programs; programs.load_code()"
PROGRAM = """
import sys
{statements}
import gc
assert gc.isenabled()
print(*sorted(sys.modules))
"""


def modules_after(statements, home):
    (home / "static").mkdir(exist_ok=True)
    program = PROGRAM.format(statements=statements)
    variables = environment(home, DJANGO_SETTINGS_MODULE="config.settings")
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=settings.BASE_DIR, env=variables, capture_output=True, text=True, check=True)
    return set(result.stdout.split())


@pytest.mark.parametrize("server", ["config.asgi", "config.wsgi"])
def test_a_web_server_imports_all_views_and_nothing_that_few_requests_need(server, tmp_path):
    modules = modules_after(f"import {server}", tmp_path)
    assert {"farm.views.booking", "courses.api.deadlines"} <= modules
    assert not NOT_AT_START & modules


@pytest.mark.parametrize("server", ["config.asgi", "config.wsgi", "config.web_server"])
def test_no_web_server_waits_for_imports_of_git_readers_or_of_the_task_queue(server, tmp_path):
    assert not (ONLY_IN_WORKERS | TASK_QUEUE) & modules_after(f"import {server}", tmp_path)


def test_the_web_server_of_production_has_the_code_before_it_forks_its_workers(tmp_path):
    assert "farm.views.booking" in modules_after("import config.web_server", tmp_path)


FIRST_ANSWER = """
import config.wsgi, sys, threading
from config.startup import IMPORTED_LATER
from django.core.signals import request_finished
assert not set(IMPORTED_LATER) & set(sys.modules), set(IMPORTED_LATER) & set(sys.modules)
for _ in range(2):
    request_finished.send(None)
    [thread.join() for thread in threading.enumerate() if thread.name == "import-later"]
"""


def test_what_the_first_changes_need_is_imported_after_the_first_answer(tmp_path):
    assert set(startup.IMPORTED_LATER) <= modules_after(FIRST_ANSWER, tmp_path)


def test_the_processes_of_an_instance_find_their_code_in_the_one_that_forks_them(tmp_path):
    modules = modules_after(FORKED, tmp_path)
    assert {"celery.apps.worker", "celery.apps.beat", "gitsync.tasks", "uvicorn", "farm.views.booking"} <= modules
    assert {*startup.IMPORTED_LATER, *ONLY_IN_WORKERS} <= modules
    assert not NOT_AT_START & modules


def test_a_worker_runs_no_checks_of_django_that_nobody_sees(tmp_path):
    program = f"{FORKED}; import os; sys.modules[os.environ['CELERY_SKIP_CHECKS']] = 0"
    assert "1" in modules_after(program, tmp_path)


def test_a_sigterm_gives_the_tasks_of_a_worker_a_moment(tmp_path):
    """Celery's pool reads the variable when it is imported."""
    program = f"{FORKED}; import billiard.common; sys.modules[billiard.common.REMAP_SIGTERM] = 0"
    assert "SIGQUIT" in modules_after(program, tmp_path)
