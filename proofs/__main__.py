"""Runs a proof, or lists all proofs.

`make proof` and `python -m proofs` list them. `python -m proofs storm --seconds 3` runs one. The same with make is
`make proof NAME=storm ARGS="--seconds 3"`.
"""

import ast
import sys
from pathlib import Path

from kernel.testing import child_processes

FOLDER = Path(__file__).resolve().parent
SQLITE = ["env", "-u", "DATABASE_URL", "-u", "REDIS_URL"]
MARIADB = [sys.executable, "scripts/services.py", "--"]
FEW_CONNECTIONS = [sys.executable, "scripts/services.py", "--max-connections", "50", "--"]
# The services and the options of each run of a proof. A proof that is not in this table runs once, on SQLite.
RUNS: dict[str, list[tuple[list[str], list[str]]]] = {
    "attacks": [(SQLITE, []), (MARIADB, [])],
    "cheating": [(SQLITE, []), (MARIADB, [])],
    "compose": [(MARIADB, [])],
    "farm_scale": [(SQLITE, []), (MARIADB, [])],
    "forge": [(SQLITE, []), (MARIADB, ["--forges", "gitlab"])],
    "invariant": [(SQLITE, []), (MARIADB, ["--sweeps", "100"])],
    "last_gpu": [(SQLITE, []), (MARIADB, [])],
    "limits": [(SQLITE, []), (MARIADB, [])],
    "live": [(FEW_CONNECTIONS, [])],
    "odd_repositories": [(SQLITE, []), (MARIADB, [])],
    "storm": [(MARIADB, [])],
}


def main() -> int:
    """Run the proof that the command line names, or list all. Returns the exit code."""
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        for name, summary in proofs().items():
            print(f"{name.replace('_', '-'):20} {summary}")
        return 0
    name, options = sys.argv[1].replace("-", "_"), sys.argv[2:]
    if name not in proofs():
        print(f"There is no proof {sys.argv[1]}. There are: {', '.join(proofs())}.", file=sys.stderr)
        return 2
    failed = 0
    for environment, own_options in RUNS.get(name, [(SQLITE, [])]):
        command = [*environment, sys.executable, "-m", f"proofs.{name}", *(options or own_options)]
        failed |= child_processes.run(command, cwd=FOLDER.parent).returncode
    return failed


def proofs() -> dict[str, str]:
    """Return the name of each proof, with the first line of its docstring."""
    files = [file for file in sorted(FOLDER.glob("*.py")) if not file.name.startswith("_")]
    return {file.stem: (ast.get_docstring(ast.parse(file.read_text())) or "").split("\n")[0] for file in files}


if __name__ == "__main__":
    sys.exit(main())
