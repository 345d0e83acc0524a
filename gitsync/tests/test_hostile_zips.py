"""Thirty hostile trees in the ZIP of a class: each stays in its own folder, and README.txt says what is missing."""

import io
import random
import zipfile

import pytest

from gitsync.domain import class_zip
from gitsync.domain.class_zip import ClassZip, Part
from gitsync.domain.exercise_work import ExerciseWork, WorkCommit
from gitsync.reading.files import open_path
from gitsync.reading.safe_names import MAX_PATH
from gitsync.tests import builders
from gitsync.tests.commit_zip import zip_of_commit
from gitsync.tests.raw_trees import EXECUTABLE, FILE, FOLDER, LINK, SUBMODULE, entry, stored, tree_of
from gitsync.values import CourseIds

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 123456789\n" % (b"a" * 64)
LATE = "the files before it are as large"


def names(*each):
    """Return a function that makes a tree with files of these names."""
    return lambda work: tree_of(work, *(entry(FILE, name, stored(work, "blob", b"1\n")) for name in each))


def entries(*each):
    """Return a function that makes a tree of (mode, name, content), where content may be a sha."""

    def make(work):
        return tree_of(
            work,
            *(
                entry(mode, name, content if isinstance(content, str) else stored(work, "blob", content))
                for mode, name, content in each
            ),
        )

    return make


def below(*folders):
    """Return a function that makes a file below these folders."""

    def make(work):
        tree = tree_of(work, entry(FILE, b"f", stored(work, "blob", b"1\n")))
        for folder in reversed(folders):
            tree = tree_of(work, entry(FOLDER, folder, tree))
        return tree

    return make


def bomb(work):
    """Make folders that stand for a billion files."""
    tree = tree_of(work, entry(FILE, b"f", stored(work, "blob", b"1\n")))
    for _level in range(9):
        tree = tree_of(work, *(entry(FOLDER, b"%d" % number, tree) for number in range(10)))
    return tree


def many(count, content=b"1\n"):
    def make(work):
        blob = stored(work, "blob", content)
        return tree_of(work, *(entry(FILE, b"%06d" % number, blob) for number in range(count)))

    return make


# A name, the tree, the number of files in the ZIP, and words of README.txt.
TREES = [
    ("parent", below(b"..", b"..", b"etc"), 1, ""),
    ("parent in a name", names(b"../../escape", b"a/../../escape"), 2, ""),
    ("absolute", names(b"/etc/passwd"), 1, ""),
    ("windows path", names(b"..\\..\\boot.ini", b"C:\\x", b"C:", b"\\\\host\\share"), 4, ""),
    ("reserved", names(b"CON", b"nul.txt", b"COM1", b"lpt9.c", b"AUX "), 5, ""),
    ("letter case", names(b"A", b"a", b"README.txt", b"readme.TXT"), 4, ""),
    ("a file as a folder", entries((FILE, b"A", b"1"), (FILE, b"a/b", b"2")), 2, ""),
    ("accents", names("é".encode(), "e\u0301".encode()), 2, ""),
    ("nul in a link", entries((LINK, b"l", b"/etc/passwd\0x")), 0, "l: a symbolic link"),
    ("control characters", names(b"a\nb: forged", b"\r", b"\x1b[2J", b"\x7f"), 4, ""),
    ("invisible", names("a\u202egnp.exe".encode(), "\u200b".encode(), "\u2028".encode()), 3, ""),
    ("not utf-8", names(b"\xff\xfe", b"\x80"), 2, ""),
    ("half characters", names("\ud800".encode("utf-8", "surrogatepass")), 1, ""),
    ("very long name", names(b"x" * 4000), 1, ""),
    ("too long path", below(*[b"y" * 250] * 20), 0, "paths have more than 4096 bytes"),
    ("deep", below(*[b"d"] * 1500), 1, ""),
    ("git folder", names(b".git", b".GIT", b"git~1", b".git "), 4, ""),
    ("quotes", names(b"a|b", b'"', b"<", b"*", b"?"), 5, ""),
    ("dots", names(b".", b"..", b"...", b" ", b"a."), 5, ""),
    ("twice", names(b"a", b"a", b"a"), 3, ""),
    ("empty name", names(b"-rf", b"~", b"$HOME", b"%TEMP%"), 4, ""),
    ("link outside", entries((LINK, b"l", b"../../secret"), (LINK, b"m", b"/")), 0, "m: a symbolic link"),
    ("link as a folder", entries((LINK, b"l", b"/tmp"), (FILE, b"l/x", b"1")), 1, "l: a symbolic link"),
    ("submodule", entries((SUBMODULE, b"s", "1" * 40)), 0, f"s: a submodule at {'1' * 40}"),
    ("missing blob", entries((FILE, b"gone", "2" * 40)), 0, "gone: damaged or missing"),
    ("forged line", entries((LINK, b"a\nbob: 9 files", b"x")), 0, "a\\nbob: 9 files: a symbolic link"),
    ("git lfs", entries((FILE, b"film.mp4", POINTER)), 1, "film.mp4: only its pointer is here"),
    ("100 MB", entries((FILE, b"big", bytes(100_000_000))), 0, "big: too large (100000000 bytes)"),
    ("binary", entries((FILE, b"b", bytes(range(256)) * 40), (EXECUTABLE, b"x", b"\x7fELF")), 2, ""),
    ("a billion files", bomb, 0, "or have more than 20000 files"),
    ("too many files", many(20_001), 0, "or have more than 20000 files"),
    ("many files", many(6_000), 5_000, "and 800 more"),
    ("large in all", many(21, bytes(10_000_000)), 20, LATE),
    ("malformed", lambda work: stored(work, "tree", b"100644 a"), 0, "damaged, or have more"),
]


class Everything:
    """A matcher to which every file belongs."""

    exercise_path = "/tp1"

    def match(self, _path):
        return self


class StoredWork(ExerciseWork):
    def open(self):
        return open_path(self.folder)


def commit_of(work, tree):
    return stored(work, "commit", b"tree %s\nauthor B <b> 5 +0000\ncommitter B <b> 5 +0000\n\nm" % tree.encode())


@pytest.fixture
def work(git_server):
    return git_server.create("hostile")


@pytest.fixture
def packed(work, monkeypatch):
    """`packed(sha, part)` returns the ZIP of a class whose student has this commit, with another student around."""

    def run(sha, name="mallory"):
        ordinary = commit_of(work, names(b"a.txt")(work))
        works = {
            student: StoredWork("/tp1", work.folder / ".git", [WorkCommit(student_sha, 5, "m")], Everything())
            for student, student_sha in (("alice", ordinary), (name, sha), ("zoe", ordinary))
        }
        monkeypatch.setattr(ClassZip, "_registrations", lambda _self, _parts: {student: [student] for student in works})
        monkeypatch.setattr(class_zip, "work_of_registration", lambda student, _path: works[student])
        raw = b"".join(
            ClassZip(CourseIds("t", "s", "c"), "/tp1").pieces([Part(student, (student,)) for student in works])
        )
        return zipfile.ZipFile(io.BytesIO(raw))

    return run


@pytest.mark.django_db
@pytest.mark.parametrize(("tree", "files", "words"), [row[1:] for row in TREES], ids=[row[0] for row in TREES])
def test_a_hostile_tree_stays_in_the_folder_of_its_student(work, packed, tmp_path, tree, files, words):
    archive = packed(commit_of(work, tree(work)))
    infos = archive.infolist()
    of_mallory = [info.filename for info in infos if info.filename.startswith("mallory/")]
    others = [info.filename for info in infos if info.filename not in of_mallory]
    assert others == ["alice/a.txt", "zoe/a.txt", "README.txt"]
    assert len(of_mallory) == files
    assert len({name.casefold() for name in of_mallory}) == files
    for info in infos:
        assert {"", ".", ".."}.isdisjoint(info.filename.split("/")) and len(info.filename) <= MAX_PATH
        assert info.external_attr >> 16 in {0o100644, 0o100755}
    readme = archive.read("README.txt").decode()
    assert words in readme
    starts = [line.partition(":")[0] for line in readme.splitlines()[2:] if not line.startswith("    ")]
    assert starts == ["alice", "mallory", "zoe"]
    if files <= 10:
        archive.extractall(tmp_path / "out")
        seen = [path for path in (tmp_path / "out").rglob("*") if not path.is_dir()]
        assert len(seen) == files + 3 and not any(path.is_symlink() for path in seen)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["..", "a/../../b", "CON", "README.txt", "x" * 200, "équipe\n1", ".", "", "Alice"])
def test_a_team_of_any_name_has_one_folder(work, packed, name):
    archive = packed(commit_of(work, below(b"f" * 300)(work)), name=name)
    folders = {entry.partition("/")[0] for entry in archive.namelist() if "/" in entry}
    assert len(folders) == 3 and {"alice", "zoe"} <= folders and {"..", ".", "", "CON"}.isdisjoint(folders)
    assert len({folder.casefold() for folder in folders}) == 3
    assert all(len(entry) <= MAX_PATH for entry in archive.namelist())


@pytest.mark.django_db
def test_no_student_takes_the_place_of_the_others(work, packed, monkeypatch):
    monkeypatch.setattr(class_zip, "MAX_BYTES_EACH", 10)
    monkeypatch.setattr(class_zip, "MAX_BYTES", 13)
    archive = packed(commit_of(work, entries((FILE, b"a", bytes(9)), (FILE, b"b", bytes(9)))(work)))
    assert archive.namelist() == ["alice/a.txt", "mallory/a", "zoe/a.txt", "README.txt"]
    monkeypatch.setattr(class_zip, "MAX_FILES", 2)
    archive = packed(commit_of(work, names(b"a")(work)))
    assert archive.namelist() == ["alice/a.txt", "mallory/a", "README.txt"]
    assert "as many files" in archive.read("README.txt").decode()


def test_ordinary_trees_give_the_files_of_git_archive_and_git_show(work):
    """Twenty trees from a fixed seed: names with spaces and accents, empty and binary files, folders, modes."""
    chance = random.Random(13)
    for number in range(20):
        for _file in range(chance.randint(1, 8)):
            path = "/".join(chance.choice(["src", "été", "a b", "x.y", "Z", "_"]) for _ in range(chance.randint(1, 4)))
            content = chance.choice([b"", b"1\n", chance.randbytes(5_000), b"\r\n" * 40, "ligne é\n".encode() * 9])
            work.write(f"{path}/{chance.choice(['main.c', 'é.txt', 'run.sh', 'a.b.c'])}", content)
        scripts = list(work.folder.rglob("run.sh"))
        for script in scripts:
            script.chmod(0o755)
        sha = work.commit(f"work {number}", note_txt=str(number))
        expected = zipfile.ZipFile(io.BytesIO(work.git("archive", "--format=zip", sha)))
        with open_path(work.folder / ".git") as reader:
            ours = zipfile.ZipFile(io.BytesIO(b"".join(zip_of_commit(reader, sha))))
        modes = {info.filename: info.external_attr >> 16 & 0o111 for info in expected.infolist() if not info.is_dir()}
        assert {info.filename: info.external_attr >> 16 & 0o111 for info in ours.infolist()} == modes
        for name in modes:
            assert ours.read(name) == expected.read(name) == work.git("show", f"{sha}:{name}")


@pytest.mark.django_db
def test_members_of_a_team_share_one_folder(git_server):
    builders.exercise("/tp1")
    clone = git_server.create("team")
    clone.commit("first", at=1_770_000_000, tp1__a_txt="1\n")
    clone.push()
    builders.sync_now(builders.registration(git_server.url("team"), "bob"))
    zip_of_class = ClassZip(CourseIds("ada", "H2027", "StruDon"), "/tp1")
    raw = b"".join(zip_of_class.pieces([Part("Les 3 mousquetaires", ("alice", "bob"))]))
    archive = zipfile.ZipFile(io.BytesIO(raw))
    assert archive.namelist() == ["Les 3 mousquetaires/tp1/a.txt", "README.txt"]
    assert (zip_of_class.parts_done, zip_of_class.files, zip_of_class.empty) == (1, 1, 0)
