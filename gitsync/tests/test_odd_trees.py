"""Trees that no git client writes: the rows are those that `git log --numstat` lists, within limits of work."""

import pytest

from gitsync.git import history, line_counts, tree_diff
from gitsync.git.remarks import Remark
from gitsync.git.tree_diff import TreeDiff
from gitsync.tests.gitserver import git
from gitsync.tests.histories import make_commit
from gitsync.tests.raw_trees import entry, stored, tree_of

PERSON = b"author B <b> 5 +0000\ncommitter B <b> 5 +0000\n\nm"


def rows_of_git(work, sha):
    """Return {path: (insertions, deletions), "-" when binary}, as git lists them; a path listed twice is summed."""
    out = git("show", "--numstat", "-z", "--no-renames", "--format=", sha, cwd=work.folder)
    rows = {}
    for line in filter(None, out.split(b"\0")):
        plus, minus, path = line.split(b"\t", 2)
        if plus == b"-":
            rows.setdefault(path.decode(), "-")
        else:
            before = rows.get(path.decode(), (0, 0))
            before = (0, 0) if before == "-" else before
            rows[path.decode()] = before[0] + int(plus), before[1] + int(minus)
    return rows


def read(work, sha):
    with history.open_path(work.folder / ".git") as commit_history:
        return commit_history.read_commit(sha)


def rows_of_ours(work, sha):
    row = read(work, sha)
    assert not row.broken
    return {file.path: "-" if file.binary else (file.insertions, file.deletions) for file in row.files}


@pytest.fixture
def work(git_server):
    return git_server.create("bob")


@pytest.fixture
def parts(work):
    """The shas of some objects, by name."""
    blobs = {name: stored(work, "blob", content) for name, content in BLOBS.items()}
    return {
        **blobs,
        "folder": tree_of(work, entry("100644", "f", blobs["one"])),
        "other_folder": tree_of(work, entry("100644", "f", blobs["two"]), entry("100644", "g", blobs["one"])),
        "zeros": "0" * 40,
    }


BLOBS = {"one": b"1\n", "two": b"1\n2\n", "five": b"1\n2\n3\n4\n5\n", "binary": b"\0\1\2", "empty": b"", "no_end": b"x"}
TREES = {
    "plain": ["100644 a one", "100644 b two", "40000 d folder"],
    "changed": ["100644 a five", "100644 b two", "40000 d other_folder"],
    "twice": ["100644 a one", "100644 a two", "100644 b one"],
    "twice, other order": ["100644 a two", "100644 a one", "100644 b one"],
    "three times": ["100644 a five", "100644 a one", "100644 a two"],
    "text and binary of one name": ["100644 a binary", "100644 a five"],
    "unsorted": ["100644 c one", "100644 a two", "40000 d folder", "100644 b five"],
    "reversed": ["40000 d folder", "100644 b two", "100644 a one"],
    "folders twice": ["40000 d folder", "40000 d other_folder"],
    "folder and file of one name": ["100644 d one", "40000 d folder"],
    "file mode 100600": ["100600 a one", "100644 b two", "40000 d folder"],
    "file mode 100664": ["100664 a one", "100664 b two", "40000 d folder"],
    "file mode 100700": ["100700 a one", "100744 b two", "40000 d folder"],
    "a zero before the mode": ["0100644 a one", "00000100644 b two", "040000 d folder"],
    "a link with permissions": ["120777 a one", "100644 b two", "40755 d folder"],
    "mode 0": ["0 a one", "100644 b two", "40000 d folder"],
    "an unknown kind": ["60000 a one", "100644 b two", "40000 d folder"],
    "a submodule of zeros": ["160000 a zeros", "100644 b two", "40000 d folder"],
    "a submodule": ["160000 a one", "100644 b two", "40000 d folder"],
    "a link": ["120000 a one", "100644 b two", "40000 d folder"],
    "mode alone": ["100755 a one", "100755 b binary", "40000 d folder"],
    "binary": ["100644 a binary", "100644 b binary", "40000 d folder"],
    "empty files": ["100644 a empty", "100644 b no_end", "40000 d folder"],
    "names of git": ["100644 .git one", "100644 . two", "100644 .. one"],
    "nothing": [],
}


def build(work, parts, words):
    entries = [line.split(" ") for line in words]
    return tree_of(work, *(entry(mode, name, parts[part]) for mode, name, part in entries))


@pytest.mark.parametrize("after", TREES)
def test_odd_trees_give_the_rows_that_git_lists(work, parts, after):
    trees = {name: build(work, parts, words) for name, words in TREES.items()}
    root = make_commit(work, PERSON, tree=trees[after])
    assert rows_of_ours(work, root) == rows_of_git(work, root)
    for before in ("plain", "twice", "unsorted", "folder and file of one name", "a submodule of zeros", "nothing"):
        forward = make_commit(work, PERSON, tree=trees[after], parent=make_commit(work, PERSON, tree=trees[before]))
        backward = make_commit(work, PERSON, tree=trees[before], parent=root)
        assert rows_of_ours(work, forward) == rows_of_git(work, forward), before
        assert rows_of_ours(work, backward) == rows_of_git(work, backward), before


def test_a_file_with_too_long_a_name_has_no_row_and_the_others_have(work, parts):
    tree = tree_of(
        work,
        entry("100644", "a", parts["one"]),
        entry("100644", b"n" * 70_000, parts["two"]),
        entry("40000", b"o" * 70_000, parts["folder"]),
        entry("100644", "z", parts["five"]),
    )
    row = read(work, make_commit(work, PERSON, tree=tree))
    assert [(file.path, file.insertions) for file in row.files] == [("a", 1), ("z", 5)]
    assert (row.broken, row.remarks) == (False, (Remark.LONG_NAME,))


@pytest.mark.parametrize(
    "raw", [b"100644 a\0short", b"10x644 a\0" + b"1" * 20, b"100644 \0" + b"1" * 20, b"9" * 5000, b"100644 a" * 5000]
)
def test_a_malformed_tree_leaves_a_damaged_commit(work, raw):
    row = read(work, make_commit(work, PERSON, tree=stored(work, "tree", raw)))
    assert (row.broken, row.files, row.message, row.remarks) == (True, (), "m", (Remark.DAMAGED,))


def test_a_blob_in_the_place_of_a_tree_leaves_a_damaged_commit(work, parts):
    tree = tree_of(work, entry("40000", "d", parts["one"]))
    assert read(work, make_commit(work, PERSON, tree=tree)).remarks == (Remark.DAMAGED,)


def test_a_tree_in_the_place_of_a_blob_is_not_counted(work, parts):
    tree = tree_of(work, entry("100644", "a", parts["folder"]), entry("100644", "b", parts["two"]))
    row = read(work, make_commit(work, PERSON, tree=tree))
    assert [(file.path, file.counts_unknown, file.insertions) for file in row.files] == [
        ("a", True, 0),
        ("b", False, 2),
    ]


def bomb(work, sha, mode, levels):
    """Return a tree that stands for 10 ** levels entries of this sha."""
    for _level in range(levels):
        sha = tree_of(work, *(entry(mode, f"d{number}", sha) for number in range(10)))
        mode = "40000"
    return sha


@pytest.mark.parametrize(("kind", "mode"), [("blob", "100644"), ("tree", "40000")])
def test_trees_that_stand_for_billions_of_files_are_read_to_the_limit(work, parts, monkeypatch, kind, mode):
    tree = bomb(work, parts["one"] if kind == "blob" else tree_of(work), mode, 10)
    sha = make_commit(work, PERSON, tree=tree)
    reads = []
    real = TreeDiff._read
    monkeypatch.setattr(TreeDiff, "_read", lambda *arguments: reads.append(1) or real(*arguments))
    row = read(work, sha)
    assert (row.files, row.broken, row.remarks) == ((), False, (Remark.FILES_UNKNOWN,))
    assert len(reads) <= tree_diff.MAX_TREE_BYTES / tree_diff.BYTES_PER_TREE


def test_a_commit_of_more_files_than_the_limit_has_none(work, parts, monkeypatch):
    monkeypatch.setattr(tree_diff, "MAX_FILES", 3)
    names = [entry("100644", f"f{number}", parts["one"]) for number in range(4)]
    three, four = (make_commit(work, PERSON, tree=tree_of(work, *names[:number])) for number in (3, 4))
    assert (len(read(work, three).files), read(work, three).remarks) == (3, ())
    assert (len(read(work, four).files), read(work, four).remarks) == (0, (Remark.FILES_UNKNOWN,))


def test_the_paths_of_a_commit_are_limited_together(work, parts, monkeypatch):
    monkeypatch.setattr(tree_diff, "MAX_PATHS_BYTES", 100)
    tree = tree_of(work, *(entry("100644", f"{number:050}", parts["one"]) for number in range(3)))
    assert read(work, make_commit(work, PERSON, tree=tree)).remarks == (Remark.FILES_UNKNOWN,)


def test_a_deep_chain_of_folders_ends_at_the_longest_path(work, parts):
    sha, mode = parts["one"], "100644"
    for _level in range(3000):
        sha, mode = tree_of(work, entry(mode, "d", sha)), "40000"
    row = read(work, make_commit(work, PERSON, tree=sha))
    assert (row.files, row.remarks) == ((), (Remark.LONG_NAME,))


def test_the_bytes_read_for_one_commit_are_limited(work, parts, monkeypatch):
    monkeypatch.setattr(line_counts, "MAX_READ_BYTES", 15)
    names = [entry("100644", name, parts[part]) for name, part in (("a", "five"), ("b", "two"), ("c", "five"))]
    other = stored(work, "blob", b"6 bytes more than are left\n")
    row = read(work, make_commit(work, PERSON, tree=tree_of(work, *names, entry("100644", "d", other))))
    assert [(file.path, file.insertions, file.counts_unknown) for file in row.files] == [
        ("a", 5, False),
        ("b", 2, False),
        ("c", 5, False),  # the same blob as a: it is read once
        ("d", 0, True),
    ]
    assert row.remarks == (Remark.NOT_COUNTED,)
