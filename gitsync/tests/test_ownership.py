"""Naming the address of somebody else's private repository gives nobody its commits, with any kind of credential.

A student proves that a repository is theirs with a branch that they push, or with a credential of their own. Real
repositories, behind a token; messages over the wire with the bearer of a student.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from gitsync.domain import credentials
from gitsync.domain.ownership_proof import proof_branch
from gitsync.models import Credential, OwnershipProof, Registration
from gitsync.tests.builders import events
from gitsync.tests.student_messages import commits, read_now
from gitsync.values import CourseIds
from kernel.testing.people import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("enrolled_in_strudon")]
COURSE = CourseIds("ada", "H2027", "StruDon")
TOKEN, OWN = "glpat-of-the-school", "glpat-of-mallory"
KINDS = ["host", "course", "registration"]


@pytest.fixture(autouse=True)
def private(git_server, settings):
    settings.DEMO_GIT_SERVER = git_server.host
    git_server.accepted = {f"Bearer {TOKEN}": 200}


@pytest.fixture
def bob(register):
    """The owner, who registered first; the repository came from the teacher's list."""

    def registered():
        register(make_person("bob"), studentId="bob")
        Registration.objects.update(confirmed=True)
        return Registration.objects.get(student__student_id="bob")

    return registered


def of(student):
    return Registration.objects.get(student__student_id=student, repo_path="/")


def with_credential(kind, git_server, bob=None):
    """Give the school a token that reads the repository."""
    owner = {"host": None, "course": COURSE}.get(kind)
    if kind == "registration":
        owner = bob or of("mallory")
    return credentials.save_token(None, owner, host=git_server.host, token=TOKEN, bearer=True)


def shown_to(send, person):
    of_person = [event for event in events() if event.body.get("studentId") == person.username]
    found = [event.body for event in of_person if event.kind != "OnCloneFailed"]  # of an address that does not exist
    for name in ("GetCommitsForRepo", "GetCommitsForExercise", "GetCommitsForPath"):
        values = {} if name == "GetCommitsForRepo" else {"exercisePath": "/tp1"}
        found += commits(send, person, name, **values) + commits(send, person, name, courseId="*", **values)
    return found


ATTEMPTS = {
    "the address": lambda c: c.register(c.mallory),
    "without .git": lambda c: c.register(c.mallory, repoUrl=c.url.removesuffix(".git")),
    "with a slash": lambda c: c.register(c.mallory, repoUrl=c.url + "/"),
    "in capitals": lambda c: c.register(c.mallory, repoUrl=c.url.replace("bob", "BOB")),
    "with a part more": lambda c: c.register(c.mallory, repoUrl=c.url.replace("/bob", "//bob")),
    "twice": lambda c: [c.register(c.mallory), c.register(c.mallory)],
    "at another place": lambda c: c.send(c.mallory, "RegisterGitRepo", repoUrl=c.url, repoPath="/other"),
    "in another group": lambda c: [
        c.register(c.mallory),
        c.send(c.mallory, "RegisterGitRepo", repoUrl=c.url, groupId="B"),
    ],
    "deleted and again": lambda c: [
        c.register(c.mallory),
        c.send(c.mallory, "DeleteGitRepo", repoUrl=c.url),
        c.register(c.mallory),
    ],
    "as bob": lambda c: c.send(c.mallory, "RegisterGitRepo", repoUrl=c.url, studentId="bob"),
    "with a wrong token": lambda c: [
        c.register(c.mallory),
        credentials.save_token(c.mallory, of("mallory"), token="wrong", bearer=True),
    ],
    "with a wrong name": lambda c: [
        c.register(c.mallory),
        credentials.save_token(c.mallory, of("mallory"), token="wrong", user_name="bob"),
    ],
    "with a name for a branch": lambda c: [c.register(c.mallory), proof_branch(of("mallory"))],
    "with an old branch": lambda c: [c.register(c.mallory), c.push(proof_branch(of("mallory"))), c.end_proofs()],
    "with the branch of an earlier registration": lambda c: [
        c.register(c.mallory),
        c.push(proof_branch(of("mallory"))),
        c.send(c.mallory, "DeleteGitRepo", repoUrl=c.url),
        c.register(c.mallory),
    ],
    "with a branch of another nonce": lambda c: [c.register(c.mallory), c.push("atelier-" + "0" * 32)],
    "with a tag": lambda c: [
        c.register(c.mallory),
        c.work.git("push", "-q", "origin", f"HEAD:refs/tags/{proof_branch(of('mallory'))}"),
    ],
}


@pytest.fixture
def attacker(register, send, mallory, work, git_server):
    class Attacker:
        url = git_server.url("bob")

        def push(self, branch):
            work.git("push", "-q", "origin", f"HEAD:refs/heads/{branch}")

        def end_proofs(self):
            OwnershipProof.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    Attacker.register, Attacker.send = staticmethod(register), staticmethod(send)
    Attacker.mallory, Attacker.work = mallory, work
    return Attacker()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("comes", ["first", "second"])
def test_no_attempt_of_a_student_shows_somebody_else_s_repository(
    attacker, bob, send, mallory, git_server, kind, attempt, comes
):
    owner = bob() if comes == "second" or kind == "registration" else None
    with_credential(kind, git_server, owner)
    ATTEMPTS[attempt](attacker)
    for registration in Registration.objects.filter(student__student_id="mallory"):
        read_now(registration.repository_id)
    assert shown_to(send, mallory) == []
    shown = Registration.objects.shown().filter(student__student_id="mallory")
    assert not shown.filter(repository__commits__isnull=False).exists()
    if owner:
        read_now(owner.repository_id)
        assert Registration.objects.shown().filter(pk=owner.pk).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_branch_with_the_name_given_to_the_student_proves_it_for_them_alone(
    attacker, bob, register, send, mallory, git_server, kind
):
    with_credential(kind, git_server, bob() if kind == "registration" else None)
    register(mallory)
    eve = make_person("eve")
    register(eve, studentId="eve")
    read_now()
    branch = proof_branch(of("mallory"))
    assert branch == proof_branch(of("mallory"))
    assert len(branch) == len("atelier-") + 32
    attacker.push(branch)
    read_now()
    read_now()
    assert commits(send, mallory) == ["first", "TP1 done"]
    assert shown_to(send, eve) == []
    of("mallory").repository.local_copy.refresh_from_db()
    assert of("mallory").repository.local_copy.other_branches == []


def test_a_credential_of_one_s_own_that_reads_it_proves_it_for_them_alone(register, send, mallory, git_server):
    git_server.accepted[f"Bearer {OWN}"] = 200
    with_credential("course", git_server)
    register(mallory)
    eve = make_person("eve")
    register(eve, studentId="eve")
    credentials.save_token(mallory, of("mallory"), token=OWN, bearer=True)
    read_now()
    read_now()
    assert commits(send, mallory) == ["first", "TP1 done"]
    assert shown_to(send, eve) == []


def test_a_token_for_a_server_that_is_open_to_this_installation_proves_nothing(
    register, send, mallory, git_server, settings
):
    settings.DEMO_GIT_SERVER = ""
    git_server.accepted = {}
    register(mallory)
    credentials.save_token(mallory, of("mallory"), token=OWN, bearer=True)
    read_now()
    read_now()
    assert shown_to(send, mallory) == []


def test_the_repository_is_hidden_before_a_permission_is_used(register, mallory, git_server, work, during_fetch):
    register(mallory)
    read_now()
    assert of("mallory").repository.public
    git_server.accepted[""] = 401
    with_credential("course", git_server)
    seen = []
    with during_fetch(lambda: seen.append(of("mallory").hidden)):
        read_now()
    assert seen == [True]


def test_wrong_tokens_of_many_students_leave_their_place_to_a_right_one(register, send, git_server, mallory):
    with_credential("course", git_server)
    for number in range(5):
        register(make_person(f"eve{number}"), studentId=f"eve{number}")
        credentials.save_token(None, of(f"eve{number}"), token="wrong", bearer=True)
    register(mallory)
    git_server.accepted[f"Bearer {OWN}"] = 200
    credentials.save_token(mallory, of("mallory"), token=OWN, bearer=True)
    for _turn in range(3):
        read_now()
    assert commits(send, mallory) == ["first", "TP1 done"]
    assert Credential.objects.filter(last_error="credential_refused").count() == 5
