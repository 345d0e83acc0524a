"""Virtual environments from a lock file, for programs that must start without the tools of our tests."""

import subprocess
import sys
from pathlib import Path

from bench.support import instance

ENVIRONMENTS = instance.ROOT / ".venv"


def python_with(name: str, lock: Path) -> Path:
    """Return the Python of the environment with this name. It is made anew when its lock file has changed."""
    home = ENVIRONMENTS / name
    python, stamp = home / "bin" / "python", home / "installed.txt"
    if not stamp.exists() or stamp.read_text() != lock.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        command = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
        subprocess.run([*command, "--require-hashes", "--requirement", str(lock)], check=True)
        stamp.write_text(lock.read_text())
    return python


def production() -> Path:
    """Return the Python of Atelier as it is installed in production."""
    return python_with("production", instance.ROOT / "requirements.txt")
