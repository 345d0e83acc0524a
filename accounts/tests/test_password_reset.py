"""A forgotten password: the same answer for every address, limits, and who gets which mail."""

import pytest
from django.test import Client
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts import guess_limits
from accounts.domain import password_reset
from accounts.domain.invitations import invite
from accounts.models import AuditEvent, OneTimeLink, User
from accounts.tasks import send_password_resets
from mail.models import Mail

pytestmark = pytest.mark.django_db
FORM, SENT = "/password-reset/", "/password-reset/sent/"
PASSWORD = "four words will do"


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """The addresses that were passed to the worker, which looks them up at once."""
    addresses = []

    def worker(_task, address):
        addresses.append(address)
        send_password_resets(address)

    monkeypatch.setattr(password_reset, "queue", worker)
    return addresses


def ask(address, client=None, **extra):
    return (client or Client()).post(FORM, {"email": address}, headers={"Accept-Language": "en"}, **extra)


def test_the_sign_in_page_leads_to_the_form(client, db):
    assert 'href="/password-reset/"' in client.get("/sign-in/").content.decode()
    assert "Send the link" in client.get(FORM, headers={"Accept-Language": "en"}).content.decode()


def test_a_known_and_an_unknown_address_get_the_same_answer(client, alice, asked):
    known, unknown = ask("alice@school.example"), ask("nobody@school.example")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url) == (302, SENT)
    assert known.content == unknown.content
    assert asked == ["alice@school.example", "nobody@school.example"]  # neither was looked up in the request
    assert "If an account has this address" in client.get(SENT, headers={"Accept-Language": "en"}).content.decode()
    assert Mail.objects.get().person == alice


def test_the_link_sets_a_new_password_and_ends_sessions_and_tokens(client, client_of, api, alice, link_to):
    elsewhere = client_of(alice)
    api.post("/api/v1/token/", {"username": "alice", "password": "atelier-demo"})
    ask("ALICE@School.Example")
    path = link_to(alice, "accounts.password_reset")
    page = client.get(path).content.decode()
    assert "A new password" in page and "This is not me" not in page
    assert client.post(path, {"do": "password", "password": PASSWORD}).url == "/"
    assert client.get("/").status_code == 200 and elsewhere.get("/").status_code == 302
    assert not OutstandingToken.objects.filter(user=alice, blacklistedtoken=None).exists()
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    assert AuditEvent.objects.get(verb="accounts.reset_password").actor == alice
    assert client.post(path, {"do": "password", "password": "another long one"}).status_code == 410


def test_a_changed_password_ends_the_link(client_of, alice, link_to):
    ask(alice.email)
    path = link_to(alice, "accounts.password_reset")
    words = {"old_password": "atelier-demo", "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert client_of(alice).post("/account/password/", words).status_code == 302
    assert Client().get(path).status_code == 410
    assert not Mail.objects.exclude(path="").exists()


@pytest.mark.parametrize("values", [{"is_active": False}, {"kind": "service"}])
def test_no_mail_for_closed_accounts_and_programs(alice, values):
    type(alice).objects.filter(pk=alice.pk).update(**values)
    assert ask(alice.email).url == SENT
    assert not Mail.objects.exists()


@pytest.mark.parametrize("demo", [True, False])
def test_no_mail_for_accounts_of_the_demonstration(person, settings, demo):
    settings.DEMO = demo
    person("ines.abdelkader", first_name="Inès", last_name="Abdelkader")
    assert ask("ines.abdelkader@school.example").url == SENT
    assert not Mail.objects.exists()


def test_a_person_without_a_password_is_invited_again(teacher, newcomer, link_to, client):
    invite(teacher, newcomer, context_title="Systems", context_path="/courses/")
    first = link_to(newcomer)
    ask(newcomer.email)
    assert OneTimeLink.objects.filter(purpose="reset").count() == 0
    assert link_to(newcomer) != first
    assert "put you in Systems" in client.get(link_to(newcomer)).content.decode()


def test_each_of_several_people_with_an_address_gets_a_mail(alice, bob):
    type(bob).objects.filter(pk=bob.pk).update(email="Alice@school.example")
    ask("alice@school.example")
    assert {mail.person_id for mail in Mail.objects.all()} == {alice.pk, bob.pk}
    assert {mail.address for mail in Mail.objects.all()} == {"alice@school.example", "Alice@school.example"}


def test_requests_are_limited_for_an_address_whether_or_not_it_is_known(alice):
    for address in (alice.email, "nobody@school.example"):
        answers = [ask(address, REMOTE_ADDR=f"192.0.2.{number}") for number in range(5)]
        assert [answer.status_code for answer in answers] == [302] * 3 + [429] * 2
        assert "Many mails were asked for" in answers[-1].content.decode() and answers[-1]["Retry-After"] == "600"
    assert Mail.objects.count() == 1  # the older ones that waited went away with their links


def test_requests_are_limited_for_a_network(settings, alice):
    settings.RESETS_PER_NETWORK = 4
    assert [ask(f"a{number}@school.example").status_code for number in range(6)] == [302] * 4 + [429] * 2
    assert ask(alice.email, REMOTE_ADDR="192.0.2.9").status_code == 302


def test_a_text_that_is_no_address_is_refused_at_its_field(asked):
    for text in ("", "alice", "a@b@c", "a@school.example\nBcc: x@evil.example", "x" * 300 + "@school.example"):
        answer = ask(text)
        assert answer.status_code == 422 and 'id="id_email_error"' in answer.content.decode()
    assert asked == []


def test_without_a_broker_the_mail_is_written_in_the_request(alice, monkeypatch):
    def no_broker(*_args):
        raise ConnectionRefusedError

    monkeypatch.setattr(password_reset, "queue", no_broker)
    assert ask(alice.email).url == SENT
    assert Mail.objects.get().kind == "accounts.password_reset"


def test_the_limit_of_an_address_is_counted_in_one_statement(alice):
    assert password_reset.count_request(alice.email, "") is None
    limit = guess_limits.limit("reset", alice.email, guesses=3)
    assert guess_limits.used(limit) == 1


def test_a_link_never_goes_to_an_address_that_was_changed_meanwhile(alice, newcomer):
    """The worker has read the person; then they confirm another address."""
    for person in (alice, newcomer):
        stale = User.objects.get(pk=person.pk)
        User.objects.filter(pk=person.pk).update(email=f"new-{person.pk}@school.example")
        password_reset.send_to(stale)
        assert Mail.objects.get(person=person).address == f"new-{person.pk}@school.example"
        assert OneTimeLink.objects.get(person=person).address == f"new-{person.pk}@school.example"


def test_an_account_that_was_closed_meanwhile_gets_no_link(alice, newcomer):
    for person in (alice, newcomer):
        stale = User.objects.get(pk=person.pk)
        User.objects.filter(pk=person.pk).update(is_active=False)
        password_reset.send_to(stale)
    assert not Mail.objects.exists() and not OneTimeLink.objects.exists()


def test_an_address_with_other_letters_in_its_domain_is_found_in_both_its_forms(alice):
    User.objects.filter(pk=alice.pk).update(email="alice@école.example")
    ask("alice@École.example")
    assert Mail.objects.get().address == "alice@xn--cole-9oa.example"
    User.objects.filter(pk=alice.pk).update(email="alice@xn--cole-9oa.example")
    ask("alice@école.example")
    assert Mail.objects.count() == 2 or Mail.objects.get().address == "alice@xn--cole-9oa.example"
