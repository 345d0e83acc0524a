"""Histories fetched and read by us, compared row by row with `git log --numstat`."""

import uuid

import pytest

from gitsync.git import history, line_counts, store
from gitsync.tests.histories import assert_same, fetch_into_store, make_commit, rows_of_git_text, rows_of_ours
from gitsync.tests.scenarios import SCENARIOS, merge, root


@pytest.fixture
def work(git_server):
    return git_server.create("bob")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_counts_equal_those_of_git(git_server, work, scenario):
    scenario(work)
    work.push()
    assert assert_same(git_server, work)


def test_an_empty_repository_has_no_commits(git_server, work):
    folder = uuid.uuid4()
    remote = fetch_into_store(git_server, folder)
    assert (remote.head, remote.heads) == ("", {})
    assert not store.exists(folder)


def test_only_new_commits_are_walked_after_a_push(git_server, work):
    folder = uuid.uuid4()
    merge(work)
    work.push()
    before = fetch_into_store(git_server, folder)
    new = [work.commit("one", d_txt="1\n"), work.commit("two", d_txt="2\n")]
    work.push()
    after = fetch_into_store(git_server, folder, before.heads, before.branch)
    assert list(rows_of_ours(folder, after.head, before.heads.values())) == new
    assert rows_of_ours(folder, after.head) == rows_of_git_text(work)


def test_a_forced_push_is_walked_from_the_fork(git_server, work):
    folder = uuid.uuid4()
    root(work)
    lost = work.commit("to be replaced", a_txt="wrong\n")
    work.push()
    before = fetch_into_store(git_server, folder)
    work.git("reset", "-q", "--hard", "HEAD~1")
    new = work.commit("instead", a_txt="right\n")
    work.push("--force", "origin", "HEAD")
    after = fetch_into_store(git_server, folder, before.heads, before.branch)
    assert list(rows_of_ours(folder, after.head, before.heads.values())) == [new]
    assert list(rows_of_ours(folder, lost, [after.head])) == [lost]


def test_a_recreated_repository_is_new_history(git_server, work):
    folder = uuid.uuid4()
    root(work)
    work.push()
    before = fetch_into_store(git_server, folder)
    work.git("checkout", "-q", "--orphan", "other")
    new = work.commit("another first", z="1\n")
    work.git("branch", "-M", "main")
    work.push("--force", "origin", "HEAD")
    after = fetch_into_store(git_server, folder, before.heads, before.branch)
    assert rows_of_ours(folder, after.head, before.heads.values()).keys() == {new}


def test_the_branch_follows_a_renamed_default_branch(git_server, work):
    folder = uuid.uuid4()
    root(work)
    work.push()
    before = fetch_into_store(git_server, folder)
    work.git("branch", "-m", "main", "trunk")
    work.push("origin", "trunk")
    work.git("--git-dir", str(work.bare), "symbolic-ref", "HEAD", "refs/heads/trunk")
    work.push("origin", ":main")
    after = fetch_into_store(git_server, folder, before.heads, before.branch)
    assert (before.branch, after.branch, after.head) == ("main", "trunk", before.head)


def test_without_its_default_branch_a_repository_counts_by_master(git_server, work):
    folder = uuid.uuid4()
    root(work)
    work.push("origin", "HEAD", "HEAD:refs/heads/zeta", "HEAD:refs/heads/master")
    work.git("--git-dir", str(work.bare), "update-ref", "-d", "refs/heads/main")
    remote = fetch_into_store(git_server, folder)
    assert (remote.branch, remote.head) == ("master", work.head())


def test_a_head_on_no_branch_is_read(git_server, work):
    root(work)
    work.push()
    alone = work.commit("alone", x="1\n")
    work.push("origin", "HEAD:refs/keep/x")
    (work.bare / "HEAD").write_text(alone + "\n")
    remote = fetch_into_store(git_server, uuid.uuid4())
    assert (remote.branch, remote.head, remote.heads["HEAD"]) == ("HEAD", alone, alone)


def test_tags_and_other_refs_are_not_fetched(git_server, work):
    root(work)
    work.push()
    other = work.commit("only in a pull request", x="1\n")
    work.git("tag", "v1")
    work.push("origin", "v1", "HEAD:refs/pull/1/head")
    folder = uuid.uuid4()
    fetch_into_store(git_server, folder)
    with history.open_store(folder) as commit_history:
        assert not commit_history.has(other)


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
        (b"author B <b> 5 +0\ncommitter B <b> 5 +0\nencoding utf-7\n\n+2AA-", {"message": "+2AA-"}),
        (b"author B <b> 5 +0\ncommitter B <b> 5 +0\nencoding punycode\n\n\xe9a-b", {"message": "\\xe9a-b"}),
        (b"author B <b> 5 +0\ncommitter B <b> 5 +0\nencoding idna\n\nxn--4ca", {"message": "xn--4ca"}),
        (b"author B <b> 5 +0\ncommitter B <b> 5 +0\nencoding unicode_escape\n\n\\u00e9", {"message": "\\u00e9"}),
        (b"author B <b> 5 +0\ncommitter B <b> 5 +0\nencoding ISO-8859-15\n\n\xa4", {"message": "€"}),
        (b"author B <b> 5 +0\ncommitter B <b> 5 +0\nencoding cp1252\n\n\x80", {"message": "€"}),
        (b"author B <b> 5 +0\ncommitter B <b> 5 +0\nencoding Shift_JIS\n\n\x83e", {"message": "テ"}),
        (b"author B <b> 5 +0\ncommitter B <b> 5 +0\nencoding koi8-r\n\n\xc1", {"message": "а"}),
        (
            b"author a <b <c> d> 1700000004 +0000\ncommitter a <b> > 7 +0000\n\nm",
            {"author_name": "a", "author_email": "b <c", "author_time": 1700000004, "committer_time": 7},
        ),
        (b"author <> 5 +0000\ncommitter  6 +0000\n\nm", {"author_name": "", "author_time": 5, "committer_time": 0}),
        (
            b"author B <b>5 +0000\ncommitter B <b> 99999999999999999999999999999999999 +0000\n\nm",
            {"author_time": 5, "committer_time": 2**63 - 1},
        ),
    ],
)
def test_a_dirty_commit_is_read_as_far_as_possible(git_server, work, raw, expected):
    root(work)
    base = work.head()
    dirty = make_commit(work, raw, parent=base)
    work.git("update-ref", "refs/heads/main", dirty)
    work.git("reset", "-q", "--hard")
    last = work.commit("after", b_txt="2\n")
    work.push()
    folder = uuid.uuid4()
    remote = fetch_into_store(git_server, folder)
    with history.open_store(folder) as commit_history:
        assert commit_history.commits_between([remote.head]) == [base, dirty, last]
        row = commit_history.read_commit(dirty)
        row.message.encode()
        assert {name: getattr(row, name) for name in expected} == expected
        assert commit_history.read_commit(last).files[0].path == "b.txt"


def test_a_commit_that_cannot_be_parsed_does_not_stop_the_walk(work):
    root(work)
    base = work.head()
    broken = make_commit(work, b"", parent=base)  # no author, no committer
    after = b"author B <b> 5 +0000\ncommitter B <b> 5 +0000\n\nm"
    last = make_commit(work, after, parent=broken)
    with history.open_path(work.folder / ".git") as commit_history:
        assert commit_history.commits_between([last]) == [base, broken, last]
        assert commit_history.commits_between([last], [base]) == [broken, last]
        assert commit_history.commits_between([last], [broken]) == [last]
        assert (commit_history.read_commit(broken).author_time, commit_history.read_commit(last).author_time) == (0, 5)


def test_a_missing_blob_costs_one_row(work):
    work.commit("root", good_txt="1\n2\n", bad_txt="lost\n", worse_txt="x\n")
    blob = work.git("rev-parse", "HEAD:bad.txt").decode().strip()
    (work.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with history.open_path(work.folder / ".git") as commit_history:
        files = {file.path: file for file in commit_history.read_commit(work.head()).files}
    assert files["bad.txt"].counts_unknown
    assert (files["good.txt"].insertions, files["worse.txt"].insertions) == (2, 1)


def test_a_missing_tree_leaves_a_broken_commit(work):
    work.commit("root", a_txt="1\n")
    sha = work.commit("two", a_txt="2\n", d__e_txt="3\n")
    tree = work.git("rev-parse", "HEAD^{tree}").decode().strip()
    (work.folder / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with history.open_path(work.folder / ".git") as commit_history:
        row = commit_history.read_commit(sha)
    assert (row.broken, row.message, row.files) == (True, "two\n", ())


def test_a_huge_file_is_not_read(work, monkeypatch):
    monkeypatch.setattr(line_counts, "MAX_BLOB", 100)
    sha = work.commit("root", big="x\n" * 200, small="y\n")
    with history.open_path(work.folder / ".git") as commit_history:
        files = {file.path: file for file in commit_history.read_commit(sha).files}
    assert (files["big"].counts_unknown, files["small"].insertions) == (True, 1)


def test_there_are_at_least_thirty_scenarios_with_those_of_the_issue():
    names = {scenario.__name__ for scenario in SCENARIOS}
    assert len(names) == len(SCENARIOS) >= 30
    assert names >= {"root", "octopus", "rename", "binary", "line_ends", "odd_paths", "submodule", "lfs_pointers"}


def test_removing_a_side_branch_changes_nothing_of_the_main_one(git_server, work):
    folder = uuid.uuid4()
    merge(work)
    work.push("origin", "main", "side")
    before = fetch_into_store(git_server, folder)
    work.git("checkout", "-q", "side")
    lost = work.commit("on the side", side_txt="1\n")
    work.push("origin", "side")
    between = fetch_into_store(git_server, folder, before.heads, before.branch)
    work.push("origin", ":side")
    after = fetch_into_store(git_server, folder, between.heads, between.branch)
    assert lost in between.heads.values()
    assert (set(after.heads), after.head) == ({"main"}, before.head)
    assert rows_of_ours(folder, after.head) == rows_of_git_text(work)
