"""ZIPs: equal to `git archive` for ordinary trees; hostile trees stay inside the folder where they are unpacked."""

import io
import unicodedata
import zipfile

import pytest

from gitsync.reading import archives, files
from gitsync.reading.safe_names import MAX_PATH, SafeNames
from gitsync.tests.commit_zip import zip_of_commit
from gitsync.tests.raw_trees import FILE, FOLDER, LINK, SUBMODULE, entry, stored, tree_of

HOSTILE_NAMES = [
    [b".."],
    [b"."],
    [b"../../etc/passwd"],
    [b"/etc/passwd"],
    [b"a/../../b"],
    [b"..\\..\\windows"],
    [b"C:\\autoexec.bat"],
    [b"C:"],
    [b"\\\\server\\share"],
    [b"CON"],
    [b"con.txt", b"nul .c", b"LPT1", b"aux.tar.gz"],
    [b"COM\xc2\xb9"],
    [b"a.", b"a ", b"a"],
    [b"A.txt", b"a.txt"],
    ["é".encode(), "e\u0301".encode()],
    [b"\xff", b"\xfe"],
    [b"a\nb", b"a\tb", b"\x1b[31m"],
    [b"<b>", b'"q"', b"a|b", b"a?b", b"a*b"],
    [".g\u200cit".encode()],
    [b".git", b".GIT", b"git~1", b".git "],
    ["txt.\u202eexe".encode()],
    [b"x" * 255],
    [b"x" * 255 + b".c", b"x" * 254 + b".c"],
    [b"NOT-INCLUDED.txt"],
    [b"-rf", b"~root", b"$HOME", b"%PATH%"],
    [b"a", b"a"],
    ["\ud800".encode("utf-8", "surrogatepass")],
]


@pytest.fixture
def work(git_server):
    return git_server.create("bob")


def raw_commit(work, tree):
    return stored(work, "commit", b"tree %s\nauthor B <b> 5 +0000\ncommitter B <b> 5 +0000\n\nm" % tree.encode())


def zip_of(work, sha):
    with files.open_path(work.folder / ".git") as reader:
        raw = b"".join(zip_of_commit(reader, sha))
    archive = zipfile.ZipFile(io.BytesIO(raw))
    assert archive.testzip() is None
    return archive


def check_is_safe(archive, folder):
    """Unpack it; every name stays itself, is unique on every system, and is inside the folder."""
    names = archive.namelist()
    folded = [unicodedata.normalize("NFC", name.casefold()) for name in names]
    assert len(set(folded)) == len(folded)
    for info in archive.infolist():
        parts = info.filename.split("/")
        assert not {"", ".", ".."} & set(parts), info.filename
        assert not set('\\:*?"<>|') & set(info.filename)
        assert len(info.filename) <= MAX_PATH
        assert not any(part.endswith((" ", ".")) or part.lower() in {"con", "nul", ".git", "git~1"} for part in parts)
        assert info.external_attr >> 16 in {0o100644, 0o100755}
    archive.extractall(folder)
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == sorted(names)


def test_an_ordinary_tree_gives_the_files_of_git_archive(work):
    work.write("tp1/café/été.txt", "é\n")
    work.write("tp1/run.sh", "#!/bin/sh\n")
    (work.folder / "tp1/run.sh").chmod(0o755)
    sha = work.commit("first", tp1__a_txt="1\n", b_txt=b"\0\1", tp1__empty_txt="")
    expected = zipfile.ZipFile(io.BytesIO(work.git("archive", "--format=zip", sha)))
    ours = zip_of(work, sha)
    contents = {info.filename: expected.read(info) for info in expected.infolist() if not info.is_dir()}
    assert {name: ours.read(name) for name in ours.namelist()} == contents
    assert ours.getinfo("tp1/run.sh").external_attr >> 16 == 0o100755


@pytest.mark.parametrize("names", HOSTILE_NAMES, ids=repr)
@pytest.mark.parametrize("is_folder", [False, True])
def test_hostile_names_stay_inside(work, names, is_folder, tmp_path):
    leaf = stored(work, "blob", b"1\n")
    mode = FILE
    if is_folder:
        leaf, mode = tree_of(work, entry(FILE, "f", leaf)), FOLDER
    sha = raw_commit(work, tree_of(work, *(entry(mode, name, leaf) for name in names)))
    archive = zip_of(work, sha)
    assert len(archive.namelist()) == len(names)
    check_is_safe(archive, tmp_path / "out")


def test_a_file_and_a_folder_of_one_name_are_both_there(work, tmp_path):
    blob = stored(work, "blob", b"1\n")
    folder = tree_of(work, entry(FILE, "f", blob))
    sha = raw_commit(work, tree_of(work, entry(FILE, "A", blob), entry(FOLDER, "a", folder), entry(FILE, "A", blob)))
    archive = zip_of(work, sha)
    assert len(archive.namelist()) == 3
    check_is_safe(archive, tmp_path / "out")


def test_links_submodules_and_damaged_files_are_listed_with_the_reason(work, tmp_path):
    target = stored(work, "blob", b"/etc/passwd")
    sha = raw_commit(
        work,
        tree_of(
            work,
            entry(LINK, "link", target),
            entry(FILE, "lost", "2" * 40),
            entry(FILE, "ok", target),
            entry(SUBMODULE, "sub", "1" * 40),
            entry(FILE, "tree", tree_of(work)),
        ),
    )
    archive = zip_of(work, sha)
    check_is_safe(archive, tmp_path / "out")
    assert archive.namelist() == ["ok", "NOT-INCLUDED.txt"]
    assert archive.read("NOT-INCLUDED.txt").decode().splitlines() == [
        "link: a symbolic link",
        "lost: damaged or missing in the repository",
        f"sub: a submodule at {'1' * 40}",
        "tree: damaged or missing in the repository",
    ]


@pytest.mark.parametrize(("limit", "reason"), [("MAX_FILE_BYTES", "too large (6 bytes)"), ("MAX_BYTES", "the files")])
def test_a_file_over_a_limit_is_listed(work, monkeypatch, limit, reason):
    monkeypatch.setattr(archives, limit, 5)
    archive = zip_of(work, work.commit("first", a_txt="1\n", b_txt="12345\n"))
    assert archive.namelist() == ["a.txt", "NOT-INCLUDED.txt"]
    assert archive.read("NOT-INCLUDED.txt").decode().startswith(f"b.txt: {reason}")


def test_a_malformed_tree_gives_no_zip(work):
    sha = raw_commit(work, stored(work, "tree", b"100644 a"))
    with pytest.raises(files.Unreadable):
        zip_of(work, sha)


def test_bytes_come_before_the_last_file_is_read(work):
    work.commit("first", a_txt="1\n", b_txt="2\n")
    with files.open_path(work.folder / ".git") as reader:
        archive = zip_of_commit(reader, work.head())
        assert next(archive).startswith(b"PK")


def test_a_safe_path_keeps_its_name():
    names = SafeNames()
    for path in ["src/main.c", "Makefile", ".gitignore", "été/naïve file.txt", "a.b.c/d", "console.txt", "github/x"]:
        assert names.name(path) == path
