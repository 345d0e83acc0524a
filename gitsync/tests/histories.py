"""Read a history as git reports it, and as we read it from our own store."""

import uuid

from gitsync.git import history, store, transport
from gitsync.git.charsets import decode_text
from gitsync.git.transport import RemoteUrl
from gitsync.tests.gitserver import git


def fetch_into_store(git_server, folder, known_heads=None, branch="", name="bob"):
    url = RemoteUrl("http", git_server.host, f"/{name}.git")
    with store.incoming(folder) as incoming:
        remote = transport.fetch(url, known_heads or {}, branch, incoming.open)
        incoming.install(remote.heads.values())
    return remote


def rows_of_git(work, *revisions):
    """Return {sha: {raw path: (insertions, deletions), or None when binary}}, as git reports."""
    out = git("log", "--numstat", "-z", "--no-renames", "--format=%x01%H", *revisions, cwd=work.bare)
    rows = {}
    for block in out.split(b"\x01")[1:]:
        sha, _, rest = block.partition(b"\0")
        sha, _, first = sha.partition(b"\n")
        files = {}
        for line in (first + b"\0" + rest).split(b"\0"):
            if line.strip():
                plus, minus, path = line.strip(b"\n").split(b"\t", 2)
                files[path] = None if plus == b"-" else (int(plus), int(minus))
        rows[sha.decode()] = files
    return rows


def rows_of_git_text(work):
    """`rows_of_git` of the branch, with paths as text."""
    rows = rows_of_git(work, "HEAD")
    return {sha: {decode_text(path): counts for path, counts in files.items()} for sha, files in rows.items()}


def rows_of_ours(folder, head, known=()):
    """The same from our own store, for the commits of `head` that are not in `known`."""
    rows = {}
    with history.open_store(folder) as commit_history:
        order = commit_history.commits_between([head], known)
        for sha in order:
            row = commit_history.read_commit(sha)
            rows[sha] = {file.path: None if file.binary else (file.insertions, file.deletions) for file in row.files}
            assert not any(file.counts_unknown for file in row.files)
            assert all(order.index(parent) < order.index(sha) for parent in row.parents if parent in rows)
    return rows


def heads_of_git(work):
    """Return {sha: (parents, committer time)}, as git reads them.

    git prints no time before 1970.
    """
    lines = git("log", "--format=%H;%P;%ct", "HEAD", cwd=work.bare).decode().splitlines()
    return {sha: (tuple(parents.split()), time) for sha, parents, time in (line.split(";") for line in lines)}


def heads_of_ours(folder, head):
    with history.open_store(folder) as commit_history:
        rows = [commit_history.read_commit(sha) for sha in commit_history.commits_between([head])]
    return {row.sha: (row.parents, str(row.committer_time)) for row in rows}


def assert_same(git_server, work):
    """Fetch everything, compare it with git, and return our rows."""
    folder = uuid.uuid4()
    remote = fetch_into_store(git_server, folder)
    theirs = rows_of_git_text(work)
    ours = rows_of_ours(folder, remote.head)
    assert ours == theirs
    assert heads_of_ours(folder, remote.head) == heads_of_git(work)
    return ours


def make_commit(work, raw, parent=None, tree=None):
    """Make a commit object with exactly these bytes after its tree and parent.

    git does not check them.
    """
    tree = tree or work.git("write-tree").decode().strip()
    head = f"tree {tree}\n" + (f"parent {parent}\n" if parent else "")
    sha = work.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", data=head.encode() + raw)
    return sha.decode().strip()
