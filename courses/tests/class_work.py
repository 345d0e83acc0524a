"""A class whose two students pushed, and a worker for the tests of the ZIPs of everybody's files."""

import contextlib
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from courses.domain import student_repositories, work_zip_making, work_zips
from courses.models import WorkZip
from courses.tests.conftest import DEADLINE
from gitsync.models import Registration
from gitsync.tests.builders import sync_now
from gitsync.tests.gitserver import serving

BEFORE, AFTER = (int((DEADLINE + timedelta(hours=hours)).timestamp()) for hours in (-2, 3))
FILE = "tp1/exercice1/a.txt"


class Worker:
    """Keeps the tasks that are queued; `run` runs them, and those that they queue."""

    def __init__(self, monkeypatch: Any) -> None:
        self.queued: list[tuple[str, int]] = []
        for module in (work_zips, work_zip_making):
            monkeypatch.setattr(module, "queue_after_commit", lambda task, pk: self.queued.append((task, pk)))

    def run(self) -> None:
        while self.queued:
            task, pk = self.queued.pop(0)
            assert task == "courses.tasks.make_work_zip"
            work_zip_making.make(pk)


@contextlib.contextmanager
def pushed_work(school: Any, folder: Path, settings: Any) -> Iterator[None]:
    """Let alice and bob push before the deadline and after it; the teacher has confirmed their repositories."""
    settings.GIT_STORES = folder / "stores"
    settings.GIT_STORES.mkdir()
    (folder / "repositories").mkdir()
    with serving(folder / "repositories") as server:
        settings.GIT_LOCAL_SERVERS = frozenset({server.host})
        for student in (school.alice, school.bob):
            name = student.person.username
            clone = server.create(name)
            clone.write(FILE, f"{name}, in time\n")
            clone.commit("first", at=BEFORE)
            clone.write(FILE, f"{name}, late\n")
            clone.commit("second", at=AFTER)
            clone.push()
            student_repositories.give_repository(student.person, student, repo_path="/depot", url=server.url(name))
        Registration.objects.update(confirmed=True)
        for registration in Registration.objects.all():
            sync_now(registration)
        yield


def contents(raw: bytes) -> dict[str, str]:
    """Return the texts of the files of a ZIP by their names, without README.txt."""
    archive = zipfile.ZipFile(io.BytesIO(raw))
    return {name: archive.read(name).decode() for name in archive.namelist() if name != "README.txt"}


def made(row: WorkZip) -> dict[str, str]:
    """Return the same for a ZIP that must be ready."""
    row.refresh_from_db()
    assert row.state == "ready", row.state
    return contents(work_zips.file_of(row).read_bytes())
