"""Repositories of believable history, written by `git fast-import`: small files, changed a few lines at a time."""

import os
import random
import subprocess
from pathlib import Path
from typing import Any

QUIET = os.environ | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
START = 1_770_000_000
LINES = 60


def git(*words: str, cwd: Path, data: bytes | None = None) -> bytes:
    return subprocess.run(["git", *words], cwd=cwd, env=QUIET, input=data, capture_output=True, check=True).stdout


class Made:
    """A bare repository; `grow` adds commits and gives the new head."""

    def __init__(self, bare: Path, seed: int, files: int = 40) -> None:
        self.bare, self._random, self._count = bare, random.Random(seed), 0
        folders = [f"tp{number % 10 + 1}/exercice{number % 3 + 1}" for number in range(files)]
        self._files: dict[str, list[str]] = {f"{folder}/Main{number}.java": [] for number, folder in enumerate(folders)}
        bare.mkdir(parents=True)
        git("init", "-q", "--bare", "-b", "main", cwd=bare)

    def grow(self, commits: int) -> str:
        out = []
        for _ in range(commits):
            message = f"Exercice {self._count % 30 + 1}: step {self._count}"
            out.append(f"commit refs/heads/main\ncommitter Bob <bob@school.example> {START + self._count * 60} +0100")
            out.append(f"data {len(message)}\n{message}")
            if not self._count:
                out.append("deleteall")
            elif len(out) == 2:
                out.append("from refs/heads/main^0")
            for path in self._random.sample(sorted(self._files), self._random.randint(1, 4)):
                text = "".join(self._changed(path))
                out.append(f"M 100644 inline {path}\ndata {len(text)}\n{text}")
            self._count += 1
        git("fast-import", "--quiet", "--force", cwd=self.bare, data=("\n".join(out) + "\n").encode())
        return git("rev-parse", "main", cwd=self.bare).decode().strip()

    def _changed(self, path: str) -> list[str]:
        lines = self._files[path] or [f"    int line{number} = 0;\n" for number in range(LINES)]
        for _ in range(self._random.randint(1, 6)):
            lines[self._random.randrange(LINES)] = f"    int changed = {self._random.randrange(10**6)};\n"
        self._files[path] = lines
        return lines


def numstat(bare: Path, *revisions: str) -> bytes:
    return git("log", "--numstat", "-z", "--no-renames", "--format=%x01%H", *(revisions or ("main",)), cwd=bare)


def server(root: Path) -> Any:
    """A smart-HTTP server (`git http-backend`) of what is in the folder, allowed in this process's settings."""
    from django.conf import settings

    from gitsync.tests.gitserver import GitServer

    made = GitServer(root)
    settings.GIT_LOCAL_SERVERS = frozenset({made.host})
    return made
