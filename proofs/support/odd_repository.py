"""One bare repository on the proof's Git server, written object by object, and what git itself reads from it."""

import resource
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pygit2
from pygit2.enums import ObjectType

from proofs.support.hostile_objects import FILE, Objects

ANN = b"Ann <ann@example.org> 1790000000 +0200"
PERSON = b"author %s\ncommitter %s\n" % (ANN, ANN)
VARIABLES = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_NO_REPLACE_OBJECTS": "1",
    **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Ann"),
    **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "ann@example.org"),
}


class OddRepository(Objects):
    """The repository `name` of a Git server. `head` is the commit that its branch must have; "" for none.

    `url` is the address that the student gives.
    """

    def __init__(self, server: Any, name: str) -> None:
        self.server, self.name, self.url = server, name, server.url(name)
        self.bare = Path(server.root, f"{name}.git")
        self.head = ""
        self.init()

    def init(self, *options: str) -> None:
        """Create the empty repository."""
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", *options, str(self.bare)], check=True)
        super().__init__(self.bare)

    def git(self, *arguments: str | bytes, data: bytes | None = None) -> bytes:
        done = subprocess.run(["git", *arguments], cwd=self.bare, input=data, stdout=-1, check=True, env=VARIABLES)
        return done.stdout

    def add(
        self, tree: pygit2.Oid | None, *parents: str, headers: bytes = PERSON, message: bytes = b"TP1\n\nMore.\n"
    ) -> str:
        """Write a commit, and return its sha. `tree` is that of one file when None."""
        tree = tree or self.tree((FILE, b"a.txt", self.blob(b"1\n")))
        lines = [b"tree %s\n" % str(tree).encode(), *(b"parent %s\n" % parent.encode() for parent in parents)]
        return self.raw_commit(b"".join(lines) + headers + b"\n" + message)

    def raw_commit(self, content: bytes) -> str:
        return str(self.odb.write(ObjectType.COMMIT, content))

    def history(self, number: int, parent: str = "", name: bytes = b"a.txt") -> str:
        """Write so many commits that each change one file, and return the last sha."""
        for index in range(number):
            content = b"".join(b"%d\n" % line for line in range(index + 1))
            tree = self.tree((FILE, name, self.blob(content)))
            parent = self.add(tree, *([parent] if parent else []), message=b"Commit %d\n" % index)
        return parent

    def ref(self, name: str, sha: str) -> None:
        """Write a ref as a file, whatever it names."""
        path = self.bare / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{sha}\n")

    def refs(self, names: Iterable[bytes], sha: str) -> None:
        """Write many refs that name one object, in one file."""
        lines = sorted(b"%s %s\n" % (sha.encode(), name) for name in names)
        (self.bare / "packed-refs").write_bytes(b"# pack-refs with: peeled fully-peeled sorted \n" + b"".join(lines))

    def main(self, sha: str) -> None:
        """Let the branch `main` name this commit, and expect it."""
        self.ref("refs/heads/main", sha)
        self.head = sha


Step = Callable[[], Any]
Maker = Callable[[OddRepository], Step | None]


@dataclass(frozen=True)
class Kind:
    """A kind of odd repository, and what must become of it.

    make: writes the repository; may return a step that changes it after the first sync.
    reason: why it cannot be read (gitsync.git.failures.Reason); "" when it can.
    remark: what one of its commits must say (gitsync.git.remarks.Remark).
    unlike_git: why names and messages are not compared with git's; "" when they are.
    """

    make: Maker
    reason: str = ""
    remark: str = ""
    unlike_git: str = ""


def branch_of(make: Callable[[OddRepository], str]) -> Maker:
    """Return a maker of a repository whose `main` is the commit that `make` returns."""

    def run(odd: OddRepository) -> None:
        odd.main(make(odd))

    return run


MARKER = b"<commit of the proof>"
GIT_SECONDS, GIT_MEMORY = 30, 2 * 2**30
Counts = tuple[int, int] | None  # insertions and deletions; None for a binary file


@dataclass(frozen=True)
class LoggedCommit:
    """What git says of a commit. `files` has the raw paths; `time` is "" where git prints none."""

    parents: int
    time: str
    words: tuple[bytes, ...]  # the author's name and e-mail, and the message
    files: dict[bytes, Counts]


def commits_of_git(bare: Path, head: str) -> dict[str, LoggedCommit] | None:
    """Return the commits of a branch by their sha, as `git log` lists them; None when git cannot."""
    if not head:
        return {}
    words = _log(bare, head, "--encoding=UTF-8", "--format=" + MARKER.decode() + "%H%x00%P%x00%ct%x00%an%x00%ae%x00%B")
    files = _log(bare, head, "--numstat", "-z", "--no-renames", "--format=" + MARKER.decode() + "%H")
    if words is None or files is None:
        return None
    rows = {block[:40].decode(): _files(block[40:]) for block in files.split(MARKER)[1:]}
    commits = {}
    for block in words.split(MARKER)[1:]:
        sha, parents, time, *rest = block.split(b"\0", 5)
        commits[sha.decode()] = LoggedCommit(len(parents.split()), time.decode(), tuple(rest), rows[sha.decode()])
    return commits


def _log(bare: Path, head: str, *options: str) -> bytes | None:
    """Run `git log` within limits of time and memory; None when it fails."""
    command = ["git", "-c", "core.quotePath=false", "log", *options, head, "--"]
    try:
        done = subprocess.run(
            command, cwd=bare, capture_output=True, timeout=GIT_SECONDS, check=False, env=VARIABLES, preexec_fn=_limit
        )
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode else done.stdout


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (GIT_MEMORY, GIT_MEMORY))


def _files(block: bytes) -> dict[bytes, Counts]:
    """Parse the lines of --numstat -z. Git lists a path twice when a tree does: the counts are added."""
    files: dict[bytes, Counts] = {}
    for line in block.split(b"\0"):
        if line.strip(b"\n"):
            plus, minus, path = line.lstrip(b"\n").split(b"\t", 2)
            before = files.get(path)
            if plus == b"-":
                files.setdefault(path, None)
            else:
                files[path] = (before[0] if before else 0) + int(plus), (before[1] if before else 0) + int(minus)
    return files
