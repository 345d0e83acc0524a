"""Upgrades the demonstration school of an older version, on SQLite and on MariaDB.

    git worktree add ../old v0.2.0 && make -C ../old dev .venv/.mysql
    make proof NAME=upgrade ARGS="../old"

The older version creates its demonstration school, reads the repositories of the students and stops. A group gets all
permissions on its models. The upgrade is `manage.py migrate` and `collectstatic` of this version. After it the group
must have the same permissions, under the new names of the models. The APIs and both wires must answer all that they
answered; they may have new keys.
Every page must answer with the same status. `check_capacity` and `gitsync verify` must report nothing. Words that
differ on pages are printed.
"""

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from difflib import ndiff
from pathlib import Path
from typing import Any

from kernel.testing import child_processes
from kernel.testing.ports import free_port
from proofs.support.from_outside import ROOT, check
from scripts.services import servers

FRACTION = re.compile(r"(?<=T\d\d:\d\d:\d\d)\.\d{6}Z$")
SNAPSHOT = ROOT / "proofs" / "support" / "snapshot.py"
# App -> old name of a model -> its present name.
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
    """Create the school with the older version, upgrade it, and check everything.

    `old` is the checkout of the older version. `variables` has the DATABASE_URL, or is empty for SQLite.
    """
    print(database, flush=True)
    with child_processes.temporary_folder("atelier-upgrade-") as name:
        instance = Instance(Path(name), variables, free_port())
        with instance.running(old):
            check(
                instance.has_read_everything(old), "the older version has filled its school and read every repository"
            )
        permissions = instance.snapshot(old, "prepare")
        frozen_time = datetime.now(UTC).isoformat()
        before = instance.snapshot(old, "read", frozen_time)
        began = time.monotonic()
        instance.manage(ROOT, "migrate", "--noinput")
        instance.manage(ROOT, "collectstatic", "--noinput", "--verbosity", "0")
        print(f"  migrated in {time.monotonic() - began:.1f} s")
        after = instance.snapshot(ROOT, "read", frozen_time)
        check(
            sorted(renamed(permission) for permission in permissions) == after["rights"],
            f"the group keeps its {len(permissions)} permissions",
        )
        compare(before, after)
        check(not instance.manage(ROOT, "makemigrations", "--check", "--dry-run").returncode, "no migration is missing")
        check(not instance.manage(ROOT, "check_capacity").returncode, "check_capacity finds nothing")
        check(not instance.manage(ROOT, "gitsync", "verify").returncode, "gitsync verify finds nothing")


def compare(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Compare two snapshots, and print the words of the pages that differ."""
    pages = [name for name in before if name != "rights"]
    check(pages == [name for name in after if name != "rights"], f"both have the same {len(pages)} addresses")
    json_answers = [name for name in pages if isinstance(before[name][1], dict)]
    different = {name: lost for name in json_answers if (lost := lost_values(before[name][1], after[name][1]))}
    for name, lost in different.items():
        print(f"    {name}: {lost[:5]}")
    check(not different, f"{len(json_answers)} answers of the APIs and wires still have all that they had")
    different = [name for name in pages if before[name][0] != after[name][0]]
    check(not different, f"{len(pages)} addresses answer with the same status; different: {different}")
    same = [name for name in pages if before[name] == after[name]]
    print(f"  {len(same)} of {len(pages)} answers have exactly the same text")
    words = set(pages) - set(same) - set(json_answers)
    changed = {line for name in words for line in ndiff(before[name][1], after[name][1])}
    for line in sorted(line for line in changed if line[0] in "-+"):
        print(f"    {line}")


def lost_values(before: Any, after: Any, place: str = "") -> list[str]:
    """Return the places where `after` lacks a value of `before` or has another one. New keys are no difference."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [lost for key in before for lost in lost_values(before[key], after.get(key), f"{place}.{key}")]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [lost for index, (old, new) in pairs for lost in lost_values(old, new, f"{place}.{index}")]
    if isinstance(before, str):
        before = FRACTION.sub("Z", before)  # times are answered in whole seconds since 0.4.0
    is_same = before == after or (before, after) == ("done", "unproven")  # 0.4.0 says which dates nobody verified
    return [] if is_same else [f"{place}: {before!r:.80} -> {after!r:.80}"]


def renamed(permission: str) -> str:
    """Return a permission of the older version under its present name."""
    app, codename = permission.split(".")
    action, model = codename.split("_")
    return f"{app}.{action}_{RENAMED.get(app, {}).get(model, model)}"


class Instance:
    """A data folder and a database that one version uses after the other."""

    def __init__(self, home: Path, variables: dict[str, str], port: int) -> None:
        self.home, self.port = home, port
        outside = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        self.variables = (
            outside | variables | {"ATELIER_HOME": str(home), "PORT": str(port), "DEMO": "1", "LANGUAGE_CODE": "en"}
        )

    @contextlib.contextmanager
    def running(self, checkout: Path) -> Iterator[None]:
        """Run `manage.py up` of this checkout while the `with` statement lasts."""
        log = self.home / "up.log"
        with log.open("wb") as out:
            command = [python(checkout), "manage.py", "up"]
            process = child_processes.start(command, cwd=checkout, env=self.variables, stdout=out, stderr=out)
        try:
            for _ in range(600):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{self.port}/livez", timeout=2)
                    break
                time.sleep(0.2)
            else:
                sys.exit(f"Atelier did not start: {log.read_text()[-2000:]}")
            yield
        finally:
            process.terminate()
            process.wait(60)

    def has_read_everything(self, checkout: Path) -> bool:
        """Wait until `gitsync status` lists no repository as not read yet.

        Returns False after five minutes.
        """
        for _ in range(60):
            status = self.manage(checkout, "gitsync", "status").stdout
            if "Up to date" in status and "Not read yet" not in status:
                return True
            time.sleep(5)
        print(status)
        return False

    def snapshot(self, checkout: Path, action: str, *arguments: str) -> Any:
        """Run snapshot.py with the code of this checkout, and return the JSON that it writes."""
        file = self.home / "snapshot.json"
        command = [python(checkout), str(SNAPSHOT), action, str(file), *arguments]
        subprocess.run(command, cwd=checkout, env=self.variables, check=True)
        return json.loads(file.read_text())

    def manage(self, checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of manage.py of this checkout. Its exit code is not checked."""
        command = [python(checkout), "manage.py", *arguments]
        return subprocess.run(command, cwd=checkout, env=self.variables, check=False, capture_output=True, text=True)


def python(checkout: Path) -> str:
    """Return the Python of this checkout."""
    return sys.executable if checkout == ROOT else str(checkout / ".venv" / "bin" / "python")


if __name__ == "__main__":
    main()
