"""A private repository from the page to a real sync: a course's token reads it, and the student proves it is theirs."""

import pytest
from django.test import Client

from courses.models import StudentRepository
from courses.tests.repository_rows import copy_of, give
from gitsync.events import outbox
from gitsync.models import Credential, OwnershipProof, Registration
from gitsync.syncing import sync, sync_queue
from gitsync.tests.gitserver import serving

pytestmark = pytest.mark.django_db
SECRET = "glpat-of-the-course"


@pytest.fixture
def server(tmp_path, settings):
    """A Git server that counts as one on the Internet and wants the token; it has the repository `alice`."""
    settings.GIT_STORES = str(tmp_path / "stores")
    (tmp_path / "repositories").mkdir()
    with serving(tmp_path / "repositories") as server:
        settings.GIT_LOCAL_SERVERS = frozenset({server.host})
        settings.DEMO_GIT_SERVER = server.host
        server.accepted = {f"Bearer {SECRET}": 200}
        yield server


@pytest.fixture
def work(server):
    work = server.create("alice")
    work.commit("TP1 done", tp1__Main_txt="1\n2\n3\n")
    work.push()
    return work


def read() -> None:
    """Do the work of the worker."""
    pk = copy_of("alice").repository_id
    sync_queue.request_sync(pk, force=True)
    sync.sync_repository(pk)
    outbox.drain("local")


def page_of(client: Client, school) -> str:
    path = f"/courses/{school.course.pk}/students/alice/repository/?at=/depot"
    return " ".join(client.get(path).content.decode().split())


def test_a_course_s_token_reads_it_and_a_pushed_branch_shows_it(school, client_of, server, work):
    alice, teacher = client_of(school.alice.person), client_of(school.course.teacher)
    give(school.alice, server.url("alice"))
    read()
    assert "did not let Atelier read the repository" in page_of(alice, school)

    page = f"/courses/{school.course.pk}/credentials/"
    teacher.post(page, {"add": "token", "host": f"http://{server.host}", "kind": "bearer", "token": SECRET})
    read()
    assert copy_of("alice").read_with == Credential.objects.get()
    assert "Works" in teacher.get(page).content.decode()
    table = teacher.get(f"/courses/{school.course.pk}/repositories/").content.decode()
    assert "TP1 done" not in table and Registration.objects.get().hidden
    assert "nothing of it is shown until" in page_of(alice, school)

    alice.post(f"/courses/{school.course.pk}/students/alice/repository/access/?at=/depot", {"do": "proof"})
    command = f"git push origin HEAD:refs/heads/atelier-{OwnershipProof.objects.get().nonce}"
    assert command in page_of(alice, school)
    work.git("push", "--quiet", "origin", command.split()[-1])
    read()
    assert not Registration.objects.get().hidden
    read()
    assert StudentRepository.objects.get().state == StudentRepository.State.CLONED
    assert "A private repository" not in page_of(alice, school)
    assert "token of the course" in teacher.get(f"/courses/{school.course.pk}/repositories/").content.decode()


def test_a_student_s_own_token_reads_it_and_is_the_proof(school, client_of, server, work):
    alice = client_of(school.alice.person)
    give(school.alice, server.url("alice"))
    read()
    access = f"/courses/{school.course.pk}/students/alice/repository/access/?at=/depot"
    alice.post(access, {"do": "token", "kind": "bearer", "token": SECRET})
    read()
    read()
    assert not Registration.objects.get().hidden
    assert StudentRepository.objects.get().state == StudentRepository.State.CLONED
    assert "Works" in page_of(alice, school)
