"""What is in a history: as git says, and as we read it out of our own store after a fetch."""

import uuid

from gitsync.git import history, store, transport
from gitsync.git.commit_parsing import decode_text
from gitsync.git.transport import RemoteUrl
from gitsync.tests.gitserver import git


def bring(git_server, folder, known=None, branch="", name="bob"):
    place = RemoteUrl("http", git_server.host, f"/{name}.git")
    with store.incoming(folder) as incoming:
        remote = transport.fetch(place, known or {}, branch, incoming.open)
        incoming.install(remote.heads.values())
    return remote


def rows_of_git(work, *revisions):
    """{sha: {raw path: (insertions, deletions) or None when binary}} as git itself says of the bare repository."""
    out = git("log", "--numstat", "-z", "--no-renames", "--format=%x01%H", *revisions, cwd=work.bare)
    found = {}
    for block in out.split(b"\x01")[1:]:
        sha, _, rest = block.partition(b"\0")
        sha, _, first = sha.partition(b"\n")
        files = {}
        for line in (first + b"\0" + rest).split(b"\0"):
            if line.strip():
                plus, minus, path = line.strip(b"\n").split(b"\t", 2)
                files[path] = None if plus == b"-" else (int(plus), int(minus))
        found[sha.decode()] = files
    return found


def rows_of_git_text(work):
    return {sha: {decode_text(p): c for p, c in files.items()} for sha, files in rows_of_git(work, "HEAD").items()}


def rows_of_ours(folder, head, known=()):
    found = {}
    with history.open_store(folder) as past:
        order = past.commits_between([head], known)
        for sha in order:
            row = past.read_commit(sha)
            found[sha] = {file.path: None if file.binary else (file.insertions, file.deletions) for file in row.files}
            assert not any(file.counts_unknown for file in row.files)
            assert all(order.index(parent) < order.index(sha) for parent in row.parents if parent in found)
    return found


def heads_of_git(work):
    """{sha: (parents, committer time)} as git reads the headers. (What is before 1970 it does not write.)"""
    lines = git("log", "--format=%H;%P;%ct", "HEAD", cwd=work.bare).decode().splitlines()
    return {sha: (tuple(parents.split()), time) for sha, parents, time in (line.split(";") for line in lines)}


def heads_of_ours(folder, head):
    with history.open_store(folder) as past:
        rows = [past.read_commit(sha) for sha in past.commits_between([head])]
    return {row.sha: (row.parents, str(row.committer_time)) for row in rows}


def assert_same(git_server, work):
    """Fetch everything and compare with git; the rows."""
    folder = uuid.uuid4()
    remote = bring(git_server, folder)
    theirs = rows_of_git_text(work)
    ours = rows_of_ours(folder, remote.head)
    assert ours == theirs
    assert heads_of_ours(folder, remote.head) == heads_of_git(work)
    return ours


def make_commit(work, raw, parent=None, tree=None):
    """A commit object of just these bytes after its tree and parent, whatever git thinks of them."""
    tree = tree or work.git("write-tree").decode().strip()
    head = f"tree {tree}\n" + (f"parent {parent}\n" if parent else "")
    sha = work.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", data=head.encode() + raw)
    return sha.decode().strip()
