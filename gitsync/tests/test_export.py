"""`manage.py gitsync export`: a ZIP with a folder for each student."""

import zipfile
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from gitsync.models import Registration, Repository
from gitsync.tests import builders

pytestmark = pytest.mark.django_db
COURSE = "ada/H2027/StruDon"
FIRST, SECOND = 1_770_000_000, 1_770_003_600


@pytest.fixture(autouse=True)
def students(git_server):
    builders.exercise("/tp1")
    for name in ("bob", "carol"):
        work = git_server.create(name)
        work.commit("first", at=FIRST, tp1__a_txt=f"{name}\n", other__b_txt="1\n")
        work.commit("second", at=SECOND, tp1__a_txt="later\n")
        work.push()
        builders.sync_now(builders.registration(git_server.url(name), name))
    builders.registration(git_server.url("nothing"), "dave")


@pytest.fixture
def export(tmp_path):
    def run(*arguments):
        call_command("gitsync", "export", COURSE, "/tp1", str(tmp_path / "out.zip"), *arguments)
        archive = zipfile.ZipFile(tmp_path / "out.zip")
        assert [path.name for path in tmp_path.glob("tmp*")] == []
        return {name: archive.read(name).decode() for name in archive.namelist()}

    return run


def test_each_student_has_a_folder_and_who_has_nothing_is_told(export):
    files = export()
    readme = files.pop("README.txt").splitlines()
    assert files == {"bob/tp1/a.txt": "later\n", "carol/tp1/a.txt": "later\n"}
    assert readme[0] == "The files of /tp1, with a folder for each student or team."
    assert readme[2].startswith("bob: 1 file, of commit ") and "2026-02-02 03:40 UTC" in readme[2]
    assert readme[4] == "dave: nothing. No repository that was read and that the teacher may see."


def test_until_a_time_the_last_commit_before_it_counts(export):
    until = datetime.fromtimestamp(FIRST + 60, UTC).isoformat()
    files = export("--until", until)
    assert (files["bob/tp1/a.txt"], files["carol/tp1/a.txt"]) == ("bob\n", "carol\n")
    before = datetime.fromtimestamp(FIRST - 60, UTC).isoformat()
    files = export("--until", before)
    assert list(files) == ["README.txt"]
    assert "bob: nothing. No commit until 2026-02-02 02:39 UTC.\n" in files["README.txt"]


def test_only_some_students_are_exported(export):
    assert list(export("--student", "bob")) == ["bob/tp1/a.txt", "README.txt"]
    assert "erin: nothing" in export("--student", "erin")["README.txt"]


def test_a_hidden_repository_is_left_out(export):
    Repository.objects.update(public=False)
    Registration.objects.filter(student__student_id="bob").update(confirmed=False)
    assert [name for name in export() if name.endswith("a.txt")] == ["carol/tp1/a.txt"]


@pytest.mark.parametrize(("until", "words"), [("yesterday", "no date"), ("2026-12-01T10:00", "no zone")])
def test_an_unclear_time_is_refused(export, until, words):
    with pytest.raises(CommandError, match=words):
        export("--until", until)
