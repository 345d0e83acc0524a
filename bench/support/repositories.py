"""Generated Git repositories with a realistic history.

Their files are small, and a few lines change at a time.
"""

import os
import random
import subprocess
from pathlib import Path
from typing import Any

QUIET = os.environ | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
START = 1_770_000_000  # epoch seconds of the first commit
LINES = 60  # of each file


def git(*arguments: str, cwd: Path, data: bytes | None = None) -> bytes:
    return subprocess.run(["git", *arguments], cwd=cwd, env=QUIET, input=data, capture_output=True, check=True).stdout


class GeneratedRepository:
    """A new bare repository at the path `bare`. The same seed gives the same history."""

    def __init__(self, bare: Path, seed: int, files: int = 40) -> None:
        self.bare, self._random, self._count = bare, random.Random(seed), 0
        folders = [f"tp{number % 10 + 1}/exercice{number % 3 + 1}" for number in range(files)]
        self._files: dict[str, list[str]] = {f"{folder}/Main{number}.java": [] for number, folder in enumerate(folders)}
        bare.mkdir(parents=True)
        git("init", "-q", "--bare", "-b", "main", cwd=bare)

    def add_commits(self, commits: int) -> str:
        """Add this number of commits with `git fast-import`, and return the sha of the new head."""
        lines = []
        for _ in range(commits):
            message = f"Exercice {self._count % 30 + 1}: step {self._count}"
            lines.append(f"commit refs/heads/main\ncommitter Bob <bob@school.example> {START + self._count * 60} +0100")
            lines.append(f"data {len(message)}\n{message}")
            if not self._count:
                lines.append("deleteall")
            elif len(lines) == 2:
                lines.append("from refs/heads/main^0")
            for path in self._random.sample(sorted(self._files), self._random.randint(1, 4)):
                text = "".join(self._changed(path))
                lines.append(f"M 100644 inline {path}\ndata {len(text)}\n{text}")
            self._count += 1
        git("fast-import", "--quiet", "--force", cwd=self.bare, data=("\n".join(lines) + "\n").encode())
        return git("rev-parse", "main", cwd=self.bare).decode().strip()

    def _changed(self, path: str) -> list[str]:
        """Change one to six lines of this file, and return its lines."""
        lines = self._files[path] or [f"    int line{number} = 0;\n" for number in range(LINES)]
        for _ in range(self._random.randint(1, 6)):
            lines[self._random.randrange(LINES)] = f"    int changed = {self._random.randrange(10**6)};\n"
        self._files[path] = lines
        return lines


def numstat(bare: Path, *revisions: str) -> bytes:
    """Return the output of `git log --numstat -z` for these revisions, or for the branch main."""
    return git("log", "--numstat", "-z", "--no-renames", "--format=%x01%H", *(revisions or ("main",)), cwd=bare)


def start_server(root: Path) -> Any:
    """Serve the repositories below `root` over HTTP, and return the server.

    The settings of this process then allow this server, and no other local one.
    """
    from django.conf import settings

    from gitsync.tests.gitserver import GitServer

    server = GitServer(root)
    settings.GIT_LOCAL_SERVERS = frozenset({server.host})
    return server
