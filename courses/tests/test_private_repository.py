"""The page of a private repository: why nothing is shown, and the student's ways out."""

import pytest

from courses.tests.repository_rows import give, store
from gitsync.models import Credential, OwnershipProof, Registration, Repository
from kernel.sealing import unseal

pytestmark = pytest.mark.django_db
SECRET = "ghp-s3cr3t-of-alice"


@pytest.fixture
def page(school):
    give(school.alice)
    return f"/courses/{school.course.pk}/students/alice/repository/"


def send(client, page, **fields):
    return client.post(f"{page}access/?at=/depot", fields, follow=True)


def text_of(response):
    return " ".join(response.content.decode().split())


def fail(reason="no_access"):
    store("alice", status="failing", reason=reason, dirty=False)


def hide():
    Repository.objects.update(public=False)


def test_a_repository_that_everybody_can_read_shows_no_ways(page, school, client_of):
    client = client_of(school.alice.person)
    assert "A private repository" not in text_of(client.get(page, follow=True))
    fail("timeout")
    assert "A private repository" not in text_of(client.get(page, follow=True))


def test_a_private_repository_offers_a_token_and_a_key(page, school, client_of, settings):
    fail()
    client = client_of(school.alice.person)
    text = text_of(client.get(page, follow=True))
    assert "did not let Atelier read the repository" in text and "Give a token of your own" in text
    assert "Make a deploy key" not in text and "Push a branch" not in text
    settings.GIT_SCHEMES = frozenset({"https", "ssh"})
    assert "Make a deploy key" in text_of(client.get(page, follow=True))


def test_a_hidden_one_says_why_and_offers_the_branch(page, school, client_of):
    hide()
    client = client_of(school.alice.person)
    text = text_of(client.get(page, follow=True))
    assert "nothing of it is shown until it is clear that it is yours" in text and "Wait: your teacher" in text
    assert "git push" not in text and not OwnershipProof.objects.exists()

    text = text_of(send(client, page, do="proof"))
    proof = OwnershipProof.objects.get()
    assert f"git push origin HEAD:refs/heads/atelier-{proof.nonce}" in text and len(proof.nonce) == 32
    assert proof.nonce in text_of(send(client, page, do="proof"))  # the same one for a day
    assert "The repository is read now." in text_of(send(client, page, do="look"))


def test_a_students_token_is_for_that_repository_and_is_never_shown_again(page, school, client_of):
    fail()
    client = client_of(school.alice.person)
    response = send(client, page, do="token", kind="bearer", token=SECRET)
    row = Credential.objects.get()
    assert (row.scope, row.kind, row.registration) == ("registration", "bearer", Registration.objects.get())
    assert row.host == row.registration.repository.host and unseal(row.sealed, bound_to=row.bound_to) == SECRET
    text = text_of(response)
    assert "The token is saved" in text and SECRET not in text and "token alone (Bearer)" in text

    text = text_of(send(client, page, do="revoke", credential=str(row.pk)))
    row.refresh_from_db()
    assert row.sealed == "" and "The credential was revoked" in text


def test_an_error_stands_at_its_field_without_the_token(page, school, client_of):
    fail()
    response = send(client_of(school.alice.person), page, do="token", kind="basic", token="two words " + SECRET)
    assert response.status_code == 422 and list(response.context["token_form"].errors) == ["token"]
    assert SECRET not in response.content.decode() and "This is not a token" in response.content.decode()
    assert not Credential.objects.exists()


def test_a_key_shows_its_public_half(page, school, client_of, settings):
    fail()
    client = client_of(school.alice.person)
    assert "Reading over SSH is switched off here." in text_of(send(client, page, do="key"))
    settings.GIT_SCHEMES = frozenset({"https", "ssh"})
    text = text_of(send(client, page, do="key"))
    assert Credential.objects.get().public_key in text and "PRIVATE" not in text


@pytest.mark.parametrize("person", ["teacher", "bob"])
def test_nobody_else_does_this_for_a_student(page, school, client_of, person):
    hide()
    actor = school.course.teacher if person == "teacher" else school.bob.person
    for fields in ({"do": "proof"}, {"do": "token", "kind": "bearer", "token": SECRET}):
        assert send(client_of(actor), page, **fields).status_code in (403, 404)
    assert not Credential.objects.exists() and not OwnershipProof.objects.exists()


def test_a_student_revokes_only_credentials_of_this_repository(page, school, client_of):
    give(school.bob)
    fail()
    send(client_of(school.bob.person), page.replace("alice", "bob"), do="token", kind="bearer", token=SECRET)
    row = Credential.objects.get()
    assert "gone already" in text_of(send(client_of(school.alice.person), page, do="revoke", credential=str(row.pk)))
    row.refresh_from_db()
    assert row.revoked_at is None
