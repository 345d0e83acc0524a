"""Upgrade an older version's demonstration school, on SQLite and on MariaDB.

    git worktree add ../old v0.2.0 && make -C ../old dev .venv/.mysql
    make proof NAME=upgrade ARGS="../old"

The older version fills its demonstration school, reads the students' repositories and stops. A group gets every right
on its models. The upgrade is `manage.py migrate` of this version. After it the group must have the same number of
rights, under the new names of the models; the APIs and both wires must answer the same JSON; every page must answer
with the same status; `check_capacity` and `gitsync verify` must find nothing. Words that differ on pages are printed.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from difflib import ndiff
from pathlib import Path
from typing import Any

from proofs.support.from_outside import ROOT, claim, free_port
from scripts.services import servers

SNAPSHOT = ROOT / "proofs" / "support" / "snapshot.py"
RENAMED = {
    "farm": {"resource": "machine"},
    "gitsync": {"address": "repository", "clone": "localcopy", "hookdoor": "hookaddress"},
    "courses": {"repositoryclaim": "studentrepository"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path, help="a checkout of the older version, with its own .venv")
    old = parser.parse_args().old.resolve()
    upgrade("SQLite", old, {})
    with servers() as (_database, variables):
        upgrade("MariaDB", old, variables)


def upgrade(database: str, old: Path, variables: dict[str, str]) -> None:
    print(database, flush=True)
    with tempfile.TemporaryDirectory(prefix="atelier-upgrade-") as name:
        here = Instance(Path(name), variables, free_port())
        with here.running(old):
            claim(here.has_read_everything(old), "the older version has filled its school and read every repository")
        rights = here.snapshot(old, "prepare")
        moment = datetime.now(UTC).isoformat()
        before = here.snapshot(old, "read", moment)
        began = time.monotonic()
        here.manage(ROOT, "migrate", "--noinput")
        print(f"  migrated in {time.monotonic() - began:.1f} s")
        after = here.snapshot(ROOT, "read", moment)
        claim(
            sorted(renamed(right) for right in rights) == after["rights"], f"the group keeps its {len(rights)} rights"
        )
        compare(before, after)
        claim(not here.manage(ROOT, "makemigrations", "--check", "--dry-run").returncode, "no migration is missing")
        claim(not here.manage(ROOT, "check_capacity").returncode, "check_capacity finds nothing")
        claim(not here.manage(ROOT, "gitsync", "verify").returncode, "gitsync verify finds nothing")


def compare(before: dict[str, Any], after: dict[str, Any]) -> None:
    pages = [name for name in before if name != "rights"]
    claim(pages == [name for name in after if name != "rights"], f"the same {len(pages)} addresses are there")
    data = [name for name in pages if isinstance(before[name][1], dict)]
    wrong = [name for name in data if before[name] != after[name]]
    claim(not wrong, f"{len(data)} answers of the APIs and wires are the same; different: {wrong}")
    wrong = [name for name in pages if before[name][0] != after[name][0]]
    claim(not wrong, f"{len(pages)} addresses answer with the same status; different: {wrong}")
    same = [name for name in pages if before[name] == after[name]]
    print(f"  {len(same)} of {len(pages)} answers are the same in every word")
    changed = {line for name in set(pages) - set(same) for line in ndiff(before[name][1], after[name][1])}
    for line in sorted(line for line in changed if line[0] in "-+"):
        print(f"    {line}")


def renamed(right: str) -> str:
    app, codename = right.split(".")
    action, model = codename.split("_")
    return f"{app}.{action}_{RENAMED.get(app, {}).get(model, model)}"


class Instance:
    """A data folder and a database, worked on by one version after the other."""

    def __init__(self, home: Path, variables: dict[str, str], port: int) -> None:
        self.home, self.port = home, port
        outside = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        self.variables = (
            outside | variables | {"ATELIER_HOME": str(home), "PORT": str(port), "DEMO": "1", "LANGUAGE_CODE": "en"}
        )

    @contextlib.contextmanager
    def running(self, checkout: Path) -> Iterator[None]:
        log = self.home / "up.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [python(checkout), "manage.py", "up"], cwd=checkout, env=self.variables, stdout=out, stderr=out
            )
        try:
            for _ in range(600):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{self.port}/livez", timeout=2)
                    break
                time.sleep(0.2)
            else:
                sys.exit(f"it did not start: {log.read_text()[-2000:]}")
            yield
        finally:
            process.terminate()
            process.wait(60)

    def has_read_everything(self, checkout: Path) -> bool:
        """Whether `gitsync status` names no repository that is not read yet, within five minutes."""
        for _ in range(60):
            status = self.manage(checkout, "gitsync", "status").stdout
            if "Up to date" in status and "Not read yet" not in status:
                return True
            time.sleep(5)
        print(status)
        return False

    def snapshot(self, checkout: Path, action: str, *words: str) -> Any:
        file = self.home / "snapshot.json"
        command = [python(checkout), str(SNAPSHOT), action, str(file), *words]
        subprocess.run(command, cwd=checkout, env=self.variables, check=True)
        return json.loads(file.read_text())

    def manage(self, checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
        command = [python(checkout), "manage.py", *words]
        return subprocess.run(command, cwd=checkout, env=self.variables, check=False, capture_output=True, text=True)


def python(checkout: Path) -> str:
    return sys.executable if checkout == ROOT else str(checkout / ".venv" / "bin" / "python")


if __name__ == "__main__":
    main()
