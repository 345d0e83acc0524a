"""Histories made by the real git client, fetched by us, compared row by row with `git log --numstat`."""

import uuid

import pytest

from gitsync import history, store, transport
from gitsync.tests.gitserver import git
from gitsync.transport import Place


@pytest.fixture
def work(git_server):
    return git_server.create("bob")


def bring(git_server, folder, known=None, branch="", name="bob"):
    place = Place("http", git_server.host, f"/{name}.git")
    with store.incoming(folder) as incoming:
        remote = transport.fetch(place, known or {}, branch, incoming.open)
        incoming.keep(remote.heads.values())
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


def rows_of_ours(folder, head, known=()):
    found = {}
    with history.opened(folder) as past:
        order = past.between([head], known)
        for sha in order:
            row = past.read(sha)
            found[sha] = {file.path: None if file.binary else (file.insertions, file.deletions) for file in row.files}
            assert not any(file.counts_unknown for file in row.files)
            assert all(order.index(parent) < order.index(sha) for parent in row.parents if parent in found)
    return found


def assert_same(git_server, work):
    """Fetch everything and compare with git; the rows."""
    folder = uuid.uuid4()
    remote = bring(git_server, folder)
    theirs = rows_of_git_text(work)
    ours = rows_of_ours(folder, remote.head)
    assert ours == theirs
    return ours


def root(work):
    work.commit("root", a_txt="1\n2\n3\n", dir__b_txt="x\n")


def empty_commit(work):
    work.commit("root", a_txt="1\n")
    work.commit("nothing at all")
    work.commit("")


def merge(work):
    work.commit("root", a_txt="1\n2\n3\n")
    work.git("checkout", "-q", "-b", "side")
    work.commit("side", b_txt="b\n")
    work.git("checkout", "-q", "main")
    work.commit("main", c_txt="c\n")
    work.git("merge", "-q", "--no-ff", "-m", "merge", "side")


def octopus(work):
    work.commit("root", a_txt="1\n")
    for name in ("x", "y", "z"):
        work.git("checkout", "-q", "-b", name, "main")
        work.commit(name, **{name: name})
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "-m", "three at once", "x", "y", "z")


def evil_merge(work):
    merge(work)
    work.write("a.txt", "changed in the merge\n")
    work.git("add", "-A")
    work.git("commit", "-q", "--amend", "--no-edit")


def rename(work):
    work.commit("root", old_txt="1\n2\n3\n4\n5\n")
    work.git("mv", "old.txt", "new.txt")
    work.commit("moved")
    work.git("mv", "new.txt", "newer.txt")
    work.commit("moved and changed", newer_txt="1\n2\n3\n4\nsix\n")


def binary(work):
    work.commit("root", image=b"\x89PNG\0\0\1\2", text_txt="t\n")
    work.commit("changed", image=b"\x89PNG\0\0\1\3" * 10)
    work.commit("became text", image=b"plain\ntext\n")
    work.commit("late nul is text", image=b"a\n" * 5000 + b"\0")
    work.git("rm", "-q", "image")
    work.commit("gone")


def line_ends(work):
    work.commit("crlf", a_txt=b"1\r\n2\r\n3\r\n")
    work.commit("lf", a_txt=b"1\n2\n3\n")
    work.commit("no final newline", a_txt=b"1\n2\n3")
    work.commit("again", a_txt=b"1\n2\n3\n4")
    work.commit("old mac", a_txt=b"1\r2\r3\r")
    work.commit("empty", a_txt=b"")


def odd_paths(work):
    work.commit("utf-8", **{"é tab\there": "1\n"})
    work.write("été/\U0001f600 “x”.java", "1\n2\n")
    work.write(b"latin-\xe9\xff.txt", "3\n")
    work.write("new\nline", "4\n")
    work.write('quote"back\\slash', "5\n")
    work.write("-dash", "6\n")
    work.commit("bytes")
    work.write(b"latin-\xe9\xff.txt", "three\n")
    work.commit("bytes changed")


def types(work):
    work.commit("file", a="target\n", d__f="1\n")
    (work.folder / "a").unlink()
    (work.folder / "a").symlink_to("target")
    work.commit("became a link")
    (work.folder / "d" / "f").unlink()
    (work.folder / "d").rmdir()
    work.commit("folder became file", d="one\n")
    (work.folder / "d").chmod(0o755)
    work.commit("mode only")
    work.write("same", "no end")
    work.commit("plain")
    (work.folder / "same").unlink()
    (work.folder / "same").symlink_to("no end")
    work.commit("a link of the same bytes")


def submodule(work):
    sha = work.commit("root", a_txt="1\n")
    work.git("update-index", "--add", "--cacheinfo", f"160000,{sha},lib")
    work.git("commit", "-q", "-m", "added")
    work.git("update-index", "--cacheinfo", f"160000,{sha[::-1]},lib")
    work.git("commit", "-q", "-m", "moved")
    work.git("update-index", "--force-remove", "lib")
    work.git("commit", "-q", "-m", "removed")


def attributes(work):
    work.commit("root", **{".gitattributes": "*.dat binary\n*.txt -diff\n"}, a_txt="1\n", b="2\n")
    work.commit("more", a_txt="1\n2\n", **{"x.dat": "text in truth\n"})


def messages(work):
    work.commit(b"Latin \xe9t\xe9", a="1\n")
    work.git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-m", b"d\xe9j\xe0 vu")
    work.commit("two\n\nparagraphs\n", a="2\n")


def large(work):
    work.commit("20,000 lines", big="".join(f"{n}\n" for n in range(20_000)))
    work.commit("a few", big="".join(f"{n}\n" if n % 1000 else "x\n" for n in range(20_000)))
    work.commit("few distinct", big="".join(f"{n % 7}\n" for n in range(20_000)))


SCENARIOS = [
    root,
    empty_commit,
    merge,
    octopus,
    evil_merge,
    rename,
    binary,
    line_ends,
    odd_paths,
    types,
    submodule,
    attributes,
    messages,
    large,
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_counts_equal_those_of_git(git_server, work, scenario):
    scenario(work)
    work.push()
    assert assert_same(git_server, work)


def test_an_empty_repository_has_no_commits(git_server, work):
    folder = uuid.uuid4()
    remote = bring(git_server, folder)
    assert (remote.head, remote.heads) == ("", {})
    assert not store.exists(folder)


def test_only_what_is_new_is_walked_after_a_push(git_server, work):
    folder = uuid.uuid4()
    merge(work)
    work.push()
    before = bring(git_server, folder)
    new = [work.commit("one", d_txt="1\n"), work.commit("two", d_txt="2\n")]
    work.push()
    after = bring(git_server, folder, before.heads, before.branch)
    assert list(rows_of_ours(folder, after.head, before.heads.values())) == new
    assert rows_of_ours(folder, after.head) == rows_of_git_text(work)


def test_a_rewrite_is_walked_from_the_fork(git_server, work):
    folder = uuid.uuid4()
    root(work)
    lost = work.commit("to be replaced", a_txt="wrong\n")
    work.push()
    before = bring(git_server, folder)
    work.git("reset", "-q", "--hard", "HEAD~1")
    new = work.commit("instead", a_txt="right\n")
    work.push("--force", "origin", "HEAD")
    after = bring(git_server, folder, before.heads, before.branch)
    assert list(rows_of_ours(folder, after.head, before.heads.values())) == [new]
    assert list(rows_of_ours(folder, lost, [after.head])) == [lost]


def test_a_repository_made_anew_is_new_history(git_server, work):
    folder = uuid.uuid4()
    root(work)
    work.push()
    before = bring(git_server, folder)
    work.git("checkout", "-q", "--orphan", "other")
    new = work.commit("another first", z="1\n")
    work.git("branch", "-M", "main")
    work.push("--force", "origin", "HEAD")
    after = bring(git_server, folder, before.heads, before.branch)
    assert rows_of_ours(folder, after.head, before.heads.values()).keys() == {new}


def test_the_branch_follows_a_renamed_default_branch(git_server, work):
    folder = uuid.uuid4()
    root(work)
    work.push()
    before = bring(git_server, folder)
    work.git("branch", "-m", "main", "trunk")
    work.push("origin", "trunk")
    work.git("--git-dir", str(work.bare), "symbolic-ref", "HEAD", "refs/heads/trunk")
    work.push("origin", ":main")
    after = bring(git_server, folder, before.heads, before.branch)
    assert (before.branch, after.branch, after.head) == ("main", "trunk", before.head)


def test_a_removed_default_branch_leaves_a_usual_one(git_server, work):
    folder = uuid.uuid4()
    root(work)
    work.push("origin", "HEAD", "HEAD:refs/heads/zeta", "HEAD:refs/heads/master")
    work.git("--git-dir", str(work.bare), "update-ref", "-d", "refs/heads/main")
    remote = bring(git_server, folder)
    assert (remote.branch, remote.head) == ("master", work.head())


def test_a_head_on_no_branch_is_read(git_server, work):
    root(work)
    work.push()
    alone = work.commit("alone", x="1\n")
    work.push("origin", "HEAD:refs/keep/x")
    (work.bare / "HEAD").write_text(alone + "\n")
    remote = bring(git_server, uuid.uuid4())
    assert (remote.branch, remote.head, remote.heads["HEAD"]) == ("HEAD", alone, alone)


def test_tags_and_other_refs_are_not_brought(git_server, work):
    root(work)
    work.push()
    other = work.commit("only in a pull request", x="1\n")
    work.git("tag", "v1")
    work.push("origin", "v1", "HEAD:refs/pull/1/head")
    folder = uuid.uuid4()
    bring(git_server, folder)
    with history.opened(folder) as past:
        assert not past.has(other)


def make_commit(work, raw, parent=None, tree=None):
    tree = tree or work.git("write-tree").decode().strip()
    head = f"tree {tree}\n" + (f"parent {parent}\n" if parent else "")
    sha = work.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", data=head.encode() + raw)
    return sha.decode().strip()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"author B <b> 99999999999999999999 +0000\ncommitter B <b> 5 +0000\n\nm", {"author_time": 2**63 - 1}),
        (b"author B <b> -62135596800 +0000\ncommitter B <b> 5 +9999\n\nm", {"author_time": -62135596800}),
        (b"author B <b> soon\ncommitter B <b> 5 +0000\n\nm", {"author_time": 0, "committer_time": 5}),
        (
            b"author \xe9 <b\xff> 5 +0000\ncommitter B <b> 5 +0000\n\nm",
            {"author_name": "\\xe9", "author_email": "b\\xff"},
        ),
        (b"author B <b> 5 +0\ncommitter B <b> 5 +0\n\nnul\0in\xff", {"message": "nul\\x00in\\xff"}),
        (b"author B <b> 5 +0\ncommitter B <b> 5 +0\nencoding latin-1\n\n\xe9", {"message": "é"}),
        (b"author B <b> 5 +0\ncommitter B <b> 5 +0\nencoding nonsense\n\n\xe9", {"message": "\\xe9"}),
        (b"author B <b> 5 +0\ncommitter B <b> 5 +0\nencoding utf-7\n\n+2AA-", {}),
    ],
)
def test_dirty_commits_are_read_as_far_as_they_go(git_server, work, raw, expected):
    root(work)
    base = work.head()
    dirty = make_commit(work, raw, parent=base)
    work.git("update-ref", "refs/heads/main", dirty)
    work.git("reset", "-q", "--hard")
    last = work.commit("after", b_txt="2\n")
    work.push()
    folder = uuid.uuid4()
    remote = bring(git_server, folder)
    with history.opened(folder) as past:
        assert past.between([remote.head]) == [base, dirty, last]
        row = past.read(dirty)
        row.message.encode()
        assert {name: getattr(row, name) for name in expected} == expected
        assert past.read(last).files[0].path == "b.txt"


def test_a_commit_that_cannot_be_parsed_does_not_stop_the_walk(work):
    root(work)
    base = work.head()
    broken = make_commit(work, b"", parent=base)  # no author, no committer
    after = b"author B <b> 5 +0000\ncommitter B <b> 5 +0000\n\nm"
    last = make_commit(work, after, parent=broken)
    with history.opened_at(work.folder / ".git") as past:
        assert past.between([last]) == [base, broken, last]
        assert past.between([last], [base]) == [broken, last]
        assert past.between([last], [broken]) == [last]
        assert (past.read(broken).author_time, past.read(last).author_time) == (0, 5)


def test_a_missing_blob_costs_one_row(work):
    work.commit("root", good_txt="1\n2\n", bad_txt="lost\n", worse_txt="x\n")
    blob = work.git("rev-parse", "HEAD:bad.txt").decode().strip()
    (work.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with history.opened_at(work.folder / ".git") as past:
        files = {file.path: file for file in past.read(work.head()).files}
    assert files["bad.txt"].counts_unknown
    assert (files["good.txt"].insertions, files["worse.txt"].insertions) == (2, 1)


def test_a_missing_tree_leaves_a_broken_commit(work):
    work.commit("root", a_txt="1\n")
    sha = work.commit("two", a_txt="2\n", d__e_txt="3\n")
    tree = work.git("rev-parse", "HEAD^{tree}").decode().strip()
    (work.folder / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with history.opened_at(work.folder / ".git") as past:
        row = past.read(sha)
    assert (row.broken, row.message, row.files) == (True, "two\n", ())


def test_a_huge_file_is_not_read(work, monkeypatch):
    monkeypatch.setattr(history, "MAX_BLOB", 100)
    sha = work.commit("root", big="x\n" * 200, small="y\n")
    with history.opened_at(work.folder / ".git") as past:
        files = {file.path: file for file in past.read(sha).files}
    assert (files["big"].counts_unknown, files["small"].insertions) == (True, 1)


def rows_of_git_text(work):
    return {sha: {history.text(p): c for p, c in files.items()} for sha, files in rows_of_git(work, "HEAD").items()}
