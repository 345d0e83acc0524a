"""The ZIP of everybody's files: asked for, made by the worker, and removed when it expires."""

import errno
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from courses.domain import extensions, roster, work_zip_making, work_zips
from courses.models import WorkZip
from courses.tests.class_work import FILE, Worker, made, pushed_work
from courses.tests.conftest import DEADLINE
from kernel.errors import Conflict
from live.models import Change
from mail.models import Mail


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.WORK_ZIPS = tmp_path / "zips"
    return settings.WORK_ZIPS


@pytest.fixture(autouse=True)
def worker(monkeypatch):
    return Worker(monkeypatch)


@pytest.fixture
def work(school, tmp_path, settings):
    with pushed_work(school, tmp_path, settings):
        yield school


@pytest.fixture
def ask(school, teacher):
    def run(actor=teacher, choice="deadline", limit=None, **values):
        return work_zips.ask(actor, school.first, choice=choice, limit=limit, **values)

    return run


def test_each_student_has_the_files_at_their_own_deadline(work, ask, worker, teacher):
    extensions.grant_extension(teacher, work.first, work.bob, deadline=DEADLINE + timedelta(days=2), reason="ill")
    row = ask()
    worker.run()
    assert made(row) == {f"alice/{FILE}": "alice, in time\n", f"bob/{FILE}": "bob, late\n"}
    row.refresh_from_db()
    assert (row.folders, row.folders_done, row.files, row.left_out, row.without_work) == (2, 2, 2, 0, 0)
    assert row.expires_at - row.ready_at == timedelta(days=7)


def test_the_latest_commits_can_be_chosen(work, ask, worker):
    row = ask(choice="latest")
    worker.run()
    assert made(row) == {f"alice/{FILE}": "alice, late\n", f"bob/{FILE}": "bob, late\n"}


def test_asking_twice_gives_the_same_row_and_makes_it_once(work, ask, worker):
    first = ask()
    assert ask().pk == first.pk and len(worker.queued) == 1
    worker.run()
    first.refresh_from_db()
    again = ask()
    assert (again.pk, again.build, worker.queued) == (first.pk, first.build, [])
    once_more = ask(again=True)
    assert (once_more.pk, once_more.state, len(worker.queued)) == (first.pk, "waiting", 1)


def test_a_task_that_runs_twice_makes_it_once(work, ask, worker):
    row = ask()
    worker.run()
    row.refresh_from_db()
    work_zip_making.make(row.pk)
    build = row.build
    row.refresh_from_db()
    assert row.build == build


def test_other_students_make_a_ready_one_again(work, ask, worker, person, teacher):
    row = ask()
    worker.run()
    person("carol")
    roster.enrol(teacher, work.course, username="carol", group_id="A1")
    assert ask().state == "waiting"
    worker.run()
    made(row)
    row.refresh_from_db()
    assert row.without_work == 1


def test_the_person_who_asked_is_notified_when_it_is_ready(
    work, ask, worker, teacher, django_capture_on_commit_callbacks
):
    Mail.objects.all().delete()
    Change.objects.all().delete()
    ask()
    worker.run()
    mail = Mail.objects.get()
    assert (mail.person_id, mail.kind) == (teacher.pk, "courses.work_zip")
    assert "Exercice 1" in mail.subject and "ready" in mail.subject
    assert mail.path == reverse("task-zips", args=[work.course.pk, work.first.pk])
    assert Change.objects.filter(topic=f"person:{teacher.pk}").exists()
    assert AuditEvent.objects.filter(verb="courses.ask_work_zip", actor=teacher).count() == 1


def test_a_killed_worker_is_replaced_and_starts_again(work, ask, worker, monkeypatch, folder):
    class Killed(BaseException):
        pass

    def die(*_arguments):
        raise Killed

    row = ask()
    monkeypatch.setattr(work_zip_making, "_finish", die)
    with pytest.raises(Killed):
        worker.run()
    monkeypatch.undo()
    row.refresh_from_db()
    assert row.state == "making"
    queued = []
    monkeypatch.setattr(work_zip_making, "queue_after_commit", lambda task, pk: queued.append(pk))
    work_zip_making.queue_waiting()
    assert queued == []  # it seems to be alive
    WorkZip.objects.update(touched_at=timezone.now() - timedelta(minutes=2))
    work_zip_making.queue_waiting()
    assert queued == [row.pk]
    monkeypatch.setattr(work_zip_making.settings, "WORK_ZIPS", folder)
    work_zip_making.make(row.pk)
    made(row)


def test_after_three_attempts_it_failed_and_the_person_is_told(work, ask, worker):
    row = ask()
    WorkZip.objects.update(state="making", attempts=3, touched_at=timezone.now() - timedelta(minutes=2))
    Mail.objects.all().delete()
    worker.run()
    row.refresh_from_db()
    assert (row.state, row.failure) == ("failed", "ended")
    assert "could not be packed" in Mail.objects.get().subject


@pytest.mark.parametrize("when", ["before", "while"])
def test_a_full_disk_is_told_and_leaves_no_file(work, ask, worker, monkeypatch, folder, when):
    row = ask()
    if when == "before":
        usage = SimpleNamespace(free=1)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    else:

        def pieces(self, parts):
            yield b"PK"
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(work_zip_making.ClassZip, "pieces", pieces)
    worker.run()
    row.refresh_from_db()
    assert (row.state, row.failure, list(folder.iterdir())) == ("failed", "disk_full", [])


def test_a_cancelled_one_ends_and_leaves_no_file(
    work, ask, worker, monkeypatch, folder, django_capture_on_commit_callbacks
):
    waiting = ask(choice="latest")
    work_zips.cancel(waiting)
    row = ask()
    pieces = work_zip_making.ClassZip.pieces

    def cancelled_pieces(self, parts):
        for number, piece in enumerate(pieces(self, parts)):
            yield piece
            if number == 0:
                work_zips.cancel(row)

    monkeypatch.setattr(work_zip_making.ClassZip, "pieces", cancelled_pieces)
    worker.run()
    assert set(WorkZip.objects.values_list("state", flat=True)) == {"cancelled"}
    assert list(folder.iterdir()) == []
    assert ask().state == "waiting"


def test_one_is_made_at_a_time_and_the_next_one_follows(work, ask, worker):
    first, second = ask(), ask(choice="latest")
    WorkZip.objects.filter(pk=first.pk).update(state="making", touched_at=timezone.now())
    work_zip_making.make(second.pk)
    second.refresh_from_db()
    assert second.state == "waiting"
    WorkZip.objects.filter(pk=first.pk).update(state="waiting")
    worker.queued[:] = [("courses.tasks.make_work_zip", first.pk)]
    worker.run()
    assert set(WorkZip.objects.values_list("state", flat=True)) == {"ready"}


def test_an_expired_one_loses_its_file_and_strays_are_removed(
    work, ask, worker, folder, client, teacher, django_capture_on_commit_callbacks
):
    row = ask()
    worker.run()
    (folder / "0123.part").write_bytes(b"left by a killed worker")
    work_zips.end_expired()
    assert [file.name for file in folder.iterdir()] == [work_zips.file_of(WorkZip.objects.get()).name]
    WorkZip.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    client.force_login(teacher)
    answer = client.get(reverse("task-zip-file", args=[work.course.pk, work.first.pk, row.pk]))
    assert answer.status_code == 302
    with django_capture_on_commit_callbacks(execute=True):
        work_zips.end_expired()
    row.refresh_from_db()
    assert (row.state, list(folder.iterdir())) == ("expired", [])
    WorkZip.objects.update(asked_at=timezone.now() - timedelta(days=31))
    work_zips.end_expired()
    assert not WorkZip.objects.exists()


def test_too_many_open_ones_are_refused(school, ask, monkeypatch):
    monkeypatch.setattr(work_zips, "MAX_OPEN", 1)
    ask()
    with pytest.raises(Conflict, match="You wait for 1"):
        ask(choice="latest")
    WorkZip.objects.update(state="ready")
    monkeypatch.setattr(work_zips, "MAX_READY", 1)
    with pytest.raises(Conflict, match="Delete one"):
        ask(choice="latest")


def test_a_class_without_students_and_a_chapter_have_none(school, ask, teacher):
    with pytest.raises(Conflict, match="no student"):
        ask(limit=frozenset())
    with pytest.raises(Conflict):
        work_zips.ask(teacher, school.chapter, choice="latest", limit=None)


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_give_one_row(school, ask, teacher):
    def ask_in_a_thread(_number):
        try:
            return ask().pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        keys = set(threads.map(ask_in_a_thread, range(4)))
    assert keys == {WorkZip.objects.get().pk}
    assert AuditEvent.objects.filter(verb="courses.ask_work_zip").count() == 1
