"""The ZIP of everybody's files: asked for, made by the worker, downloaded, and removed when it expires."""

import errno
import io
import shutil
import zipfile
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from courses.domain import extensions, roster, student_repositories, teaching_team, work_zip_making, work_zips
from courses.models import Enrolment, WorkZip
from courses.tests.conftest import DEADLINE
from gitsync.models import Registration
from gitsync.tests.builders import sync_now
from gitsync.tests.gitserver import serving
from kernel.errors import Conflict
from live.models import Change
from mail.models import Mail

BEFORE, AFTER = (int((DEADLINE + timedelta(hours=hours)).timestamp()) for hours in (-2, 3))
FILE = "tp1/exercice1/a.txt"


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.WORK_ZIPS = tmp_path / "zips"
    return settings.WORK_ZIPS


@pytest.fixture(autouse=True)
def worker(monkeypatch):
    """The tasks that were queued: `worker.run()` runs them, and those that they queue."""
    queued = []
    for module in (work_zips, work_zip_making):
        monkeypatch.setattr(module, "queue_after_commit", lambda task, pk: queued.append((task, pk)))

    def run():
        while queued:
            task, pk = queued.pop(0)
            assert task == "courses.tasks.make_work_zip"
            work_zip_making.make(pk)

    return SimpleNamespace(queued=queued, run=run)


@pytest.fixture
def work(school, tmp_path, settings):
    """Alice and bob pushed before the deadline and after it, and the teacher confirmed their repositories."""
    settings.GIT_STORES = tmp_path / "stores"
    settings.GIT_STORES.mkdir()
    (tmp_path / "repositories").mkdir()
    with serving(tmp_path / "repositories") as server:
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
        yield school


@pytest.fixture
def ask(school, teacher):
    def run(actor=teacher, choice="deadline", limit=None, **values):
        return work_zips.ask(actor, school.first, choice=choice, limit=limit, **values)

    return run


def contents(raw):
    archive = zipfile.ZipFile(io.BytesIO(raw))
    return {name: archive.read(name).decode() for name in archive.namelist() if name != "README.txt"}


def made(row):
    row.refresh_from_db()
    assert row.state == "ready", row.state
    return contents(work_zips.file_of(row).read_bytes())


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
    assert ask(choice="latest").pk != first.pk


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


def test_an_assistant_of_a_group_gets_its_students_only(work, client, worker, person, teacher):
    helper = person("helper")
    teaching_team.add_to_team(teacher, work.course, username="helper", role="assistant", group_ids=["A1"])
    client.force_login(helper)
    page = reverse("task-zips", args=[work.course.pk, work.first.pk])
    assert client.post(page, {"choice": "deadline"}).status_code == 302
    whole = work_zips.ask(teacher, work.first, choice="deadline", limit=None)
    worker.run()
    own = WorkZip.objects.get(asked_by=helper)
    assert own.students == [work.alice.pk]

    def get(row):
        return client.get(reverse("task-zip-file", args=[work.course.pk, work.first.pk, row.pk]))

    assert list(contents(get(own).getvalue())) == [f"alice/{FILE}"]
    assert get(whole).status_code == 404
    assert [item.row.pk for item in client.get(page).context["zips"]] == [own.pk]
    end = reverse("task-zip-end", args=[work.course.pk, work.first.pk, whole.pk])
    assert client.post(end, {"do": "delete"}).status_code == 403
    Enrolment.objects.filter(pk=work.alice.pk).update(group=work.bob.group)
    assert get(own).status_code == 404
    assert "have changed since" in client.get(page).content.decode()


def test_the_teacher_downloads_it_and_the_audit_log_says_so(work, client, ask, worker, teacher):
    row = ask()
    worker.run()
    client.force_login(teacher)
    answer = client.get(reverse("task-zip-file", args=[work.course.pk, work.first.pk, row.pk]))
    assert len(contents(answer.getvalue())) == 2
    assert 'filename="structures-tp1-exercice1-deadline-' in answer["Content-Disposition"]
    assert AuditEvent.objects.filter(verb="courses.export_work_zip", actor=teacher).count() == 1


@pytest.mark.parametrize("name", ["task-zips", "task-zips-fragment", "task-zip-file"])
def test_students_and_strangers_get_nothing(work, client, ask, worker, charlie, name):
    row = ask()
    worker.run()
    for stranger in (work.alice.person, charlie):
        client.force_login(stranger)
        arguments = [work.course.pk, work.first.pk, *([row.pk] if name == "task-zip-file" else [])]
        assert client.get(reverse(name, args=arguments)).status_code in (403, 404)


def test_the_page_begins_empty_and_shows_how_far_it_is(work, client, teacher, ask, worker):
    client.force_login(teacher)
    page = reverse("task-zips", args=[work.course.pk, work.first.pk])
    assert "Nobody has asked" in client.get(page).content.decode()
    assert client.post(page, {"choice": "nonsense"}).status_code == 422
    client.post(page, {"choice": "deadline"})
    WorkZip.objects.update(state="making", folders_done=1)
    shown = client.get(reverse("task-zips-fragment", args=[work.course.pk, work.first.pk])).content.decode()
    assert "1 of 2 folders" in " ".join(shown.split())
    row = WorkZip.objects.get()
    end = reverse("task-zip-end", args=[work.course.pk, work.first.pk, row.pk])
    client.post(end, {"do": "cancel"})
    assert "Cancelled" in client.get(page).content.decode()
    client.post(end, {"do": "delete"})
    client.post(end, {"do": "delete"})
    assert not WorkZip.objects.exists()


def test_the_page_of_the_task_leads_there(school, client, teacher):
    client.force_login(teacher)
    page = client.get(reverse("course-task", args=[school.course.pk, school.first.pk])).content.decode()
    assert reverse("task-zips", args=[school.course.pk, school.first.pk]) in page


def test_a_list_of_ten_takes_as_many_queries_as_one(school, client, teacher, person, queries_of):
    client.force_login(teacher)
    page = reverse("task-zips", args=[school.course.pk, school.first.pk])
    work_zips.ask(teacher, school.first, choice="latest", limit=None)
    client.get(page)
    few = len(queries_of(lambda: client.get(page)))
    for number in range(9):
        work_zips.ask(person(f"staff{number}", is_staff=True), school.first, choice="latest", limit=None)
    assert len(queries_of(lambda: client.get(page))) == few
