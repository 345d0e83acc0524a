"""A data folder with tables and static files, made once for a test run. Each proof of the run starts with a copy."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

VARIABLE = "ATELIER_PREPARED"  # names the folder to the processes of proofs


def copy_prepared(home: Path) -> None:
    """Copy the folder of ATELIER_PREPARED to `home`. Without the variable do nothing."""
    if folder := os.environ.get(VARIABLE):
        shutil.copytree(folder, home, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def prepared_home() -> Path:
    """The data folder after `manage.py prepare`. The first process of a parallel run makes it, the others wait."""
    from django.conf import settings

    from kernel.testing.processes import environment

    root = Path(os.environ["ATELIER_TEST_ROOT"])
    home, done = root / "prepared", root / "prepared.done"
    with (root / "prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            command = [sys.executable, "manage.py", "prepare"]
            subprocess.run(command, cwd=settings.BASE_DIR, env=environment(home), check=True, capture_output=True)
            done.touch()
    return home
