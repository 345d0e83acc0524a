"""Files and diffs from a store, compared with `git show` and `git diff`; odd contents are said in words."""

import re

import pytest

from gitsync.git.charsets import decode_text
from gitsync.reading import contents, diffs, files
from gitsync.reading.contents import Content, Kind, content_of, read_content

HUNK = re.compile(rb"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 123456789\n" % (b"a" * 64)
NUMBERS = "".join(f"{number}\n" for number in range(60))


@pytest.fixture
def work(git_server):
    return git_server.create("bob")


@pytest.fixture
def shas(work):
    """Two commits: every file of the second differs, except one."""
    work.write("tp1/sub/same.txt", "same\n")
    work.write("tp1/removed.txt", "gone\n")
    work.write(b"tp1/\xff.txt", b"caf\xe9\n")
    first = work.commit("first", tp1__a_txt=NUMBERS, tp1__crlf_txt="one\r\ntwo\r\n", top_txt="1\n", tp10__b_txt="1\n")
    work.write(b"tp1/\xff.txt", b"th\xe9\n")
    work.git("rm", "-q", "tp1/removed.txt")
    changed = NUMBERS.replace("7\n", "seven\n").replace("40\n", "") + "no newline"
    second = work.commit("second", tp1__a_txt=changed, tp1__crlf_txt="one\r\n2\r\n", tp1__new_txt="n\n", top_txt="2\n")
    return first, second


@pytest.fixture
def reader(work, shas):
    with files.open_path(work.folder / ".git") as store_reader:
        yield store_reader


def lines_of_git(work, *arguments):
    """Return the lines of the hunks of `git diff`: sign, both numbers, text."""
    lines, old, new = [], 0, 0
    for line in work.git("diff", "--no-renames", "--no-color", *arguments).split(b"\n")[:-1]:
        hunk = HUNK.match(line)
        if hunk:
            old, new = int(hunk[1]), int(hunk[2])
        elif old + new and line[:1] in {b"+", b"-", b" "}:
            text = line[1:].decode("utf-8" if b"\xe9" not in line else "latin-1").removesuffix("\r")
            sign = line[:1].decode()
            lines.append((sign, None if sign == "+" else old, None if sign == "-" else new, text))
            old, new = old + (sign != "+"), new + (sign != "-")
    return lines


@pytest.mark.parametrize("folder", [b"", b"tp1", b"tp1/sub", b"tp", b"top.txt", b"no/where"])
def test_the_files_of_a_folder_are_those_of_git(work, shas, reader, folder):
    arguments = [folder + b"/"] if folder else []
    names = work.git("ls-tree", "-r", "-z", "--name-only", shas[0], "--", *arguments).split(b"\0")[:-1]
    assert [file.path for file in reader.files(shas[0], folder).files] == names


def test_each_content_is_that_of_git_show(work, shas, reader):
    for sha in shas:
        listed = reader.files(sha).files
        assert listed
        for file in listed:
            assert reader.read(file) == work.git("show", sha.encode() + b":" + file.path)


@pytest.mark.parametrize("folder", [b"", b"tp1", b"tp10"])
def test_the_lines_that_differ_are_those_of_git_diff(work, shas, reader, folder):
    changes = reader.changes(*shas, folder)
    arguments = ["--", folder] if folder else []
    names = work.git("diff", "--no-renames", "--name-only", "-z", *shas, *arguments).split(b"\0")[:-1]
    assert [change.path for change in changes] == names
    for change in changes:
        diff = diffs.diff_file(reader, change)
        ours = [tuple(line) for hunk in diff.hunks for line in hunk]
        assert ours == lines_of_git(work, *shas, "--", change.path), change.path
        assert (diff.insertions, diff.deletions) == (
            sum(line[0] == "+" for line in ours),
            sum(line[0] == "-" for line in ours),
        )


def test_the_first_commit_is_compared_with_nothing(shas, reader):
    diff = diffs.diff_file(reader, reader.changes("", shas[0], b"tp10")[0])
    assert (diff.path, diff.old, diff.insertions, diff.deletions) == (b"tp10/b.txt", None, 1, 0)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", Content(Kind.TEXT)),
        ("é\n".encode(), Content(Kind.TEXT, "é\n", 3)),
        (b"\xef\xbb\xbfa", Content(Kind.TEXT, "a", 4)),
        (b"caf\xe9", Content(Kind.TEXT, "café", 4, is_utf8=False)),
        ("a\n".encode("utf-16"), Content(Kind.TEXT, "a\n", 6, is_utf8=False)),
        (b"\x89PNG\0", Content(Kind.BINARY, size=5)),
        (POINTER, Content(Kind.LFS, size=123456789)),
        (b"x" * 9000 + b"\0", Content(Kind.TEXT, "x" * 9000 + "\\x00", 9001)),
    ],
)
def test_a_content_is_text_or_says_why_not(raw, expected):
    assert content_of(raw) == expected


def test_links_submodules_large_and_missing_files_are_not_read(work, monkeypatch):
    monkeypatch.setattr(contents, "MAX_TEXT_BYTES", 10)
    (work.folder / "link").symlink_to("/etc/passwd")
    sha = work.commit("first", big_txt="12345678901\n", gone_txt="gone\n")
    blob = work.git("rev-parse", f"{sha}:gone.txt").decode().strip()
    work.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    work.git("commit", "-q", "-m", "submodule")
    (work.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with files.open_path(work.folder / ".git") as reader:
        found = {file.name: read_content(reader, file) for file in reader.files(work.head()).files}
    assert found == {
        "big.txt": Content(Kind.TOO_LARGE, size=12),
        "gone.txt": Content(Kind.DAMAGED),
        "link": Content(Kind.LINK, "/etc/passwd", 11),
        "sub": Content(Kind.SUBMODULE, "1" * 40),
    }


def test_a_missing_commit_is_unreadable(reader):
    with pytest.raises(files.Unreadable):
        reader.files("1" * 40)


def test_a_folder_that_stands_for_billions_of_files_is_unreadable(work):
    blob = work.git("hash-object", "-w", "--stdin", data=b"1\n").decode().strip()
    tree = work.git("mktree", data=f"100644 blob {blob}\ta\n".encode()).decode().strip()
    for _level in range(32):
        tree = work.git("mktree", data=f"040000 tree {tree}\ta\n040000 tree {tree}\tb\n".encode()).decode().strip()
    sha = work.git("commit-tree", "-m", "bomb", tree).decode().strip()
    with files.open_path(work.folder / ".git") as reader, pytest.raises(files.Unreadable):
        reader.files(sha)


def test_too_many_lines_are_not_compared(monkeypatch, shas, reader):
    monkeypatch.setattr(diffs, "MAX_COMPARED_LINES", 10)
    change = next(change for change in reader.changes(*shas) if change.path == b"tp1/a.txt")
    assert diffs.diff_file(reader, change)[3:5] == ([], True)


def test_names_outside_utf_8_are_escaped(shas, reader):
    assert decode_text(b"tp1/\xff.txt") in [file.name for file in reader.files(shas[0]).files]
