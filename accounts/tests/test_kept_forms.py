"""A form that is sent after the session has ended is not lost."""

import re

import pytest

from kernel.testing.people import PASSWORD

pytestmark = pytest.mark.django_db
KEPT = "/account/kept-form/"


def hidden_fields(page):
    main = page[page.index("<main") :]
    return dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', main))


def sign_in(client, username, address=KEPT):
    return client.post(f"/sign-in/?next={address}", {"username": username, "password": PASSWORD, "next": address})


def test_a_form_survives_an_expired_session(client, alice):
    sent = client.post("/farm/bookings/1/cancel/", {"version": "1"})
    assert sent["Location"] == f"/sign-in/?next={KEPT}"
    sent = client.post("/account/", {"first_name": "Alix", "last_name": "M", "language": "en", "zone": "UTC"})
    assert sent["Location"] == f"/sign-in/?next={KEPT}"
    assert sign_in(client, "alice")["Location"] == KEPT
    page = client.get(KEPT).content.decode()
    assert 'action="/account/"' in page and hidden_fields(page)["first_name"] == "Alix"
    assert client.post("/account/", hidden_fields(page)).status_code == 302
    alice.refresh_from_db()
    assert alice.first_name == "Alix"


def test_tokens_and_passwords_are_not_kept(client, alice):
    client.post("/account/", {"first_name": "Alix", "token": "glpat-secret", "new_password1": "secret-too"})
    sign_in(client, "alice")
    page = client.get(KEPT).content.decode()
    assert hidden_fields(page)["first_name"] == "Alix" and "secret" not in page


def test_nobody_else_reads_a_form_that_its_owner_has_opened(client, alice, bob):
    client.post("/account/", {"first_name": "Secret"})
    sign_in(client, "alice")
    assert "Secret" in client.get(KEPT).content.decode()
    client.post("/sign-out/")
    sign_in(client, "bob")
    assert client.get(KEPT)["Location"] == "/"


def test_the_next_person_at_the_same_computer_does_not_read_it(client, alice, bob):
    """Alice sends her form and goes away; bob signs in first."""
    sign_in(client, "alice", "/")
    client.post("/sign-out/")
    assert client.post("/account/", {"first_name": "Secret"})["Location"] == f"/sign-in/?next={KEPT}"
    sign_in(client, "bob")
    assert client.get(KEPT)["Location"] == "/"
    client.post("/sign-out/")
    sign_in(client, "alice")
    assert "Secret" in client.get(KEPT).content.decode()


@pytest.mark.parametrize(
    "data", [{}, {"old_password": "x", "new_password1": "y"}, {"first_name": "".join(map(chr, range(300, 9000)))}]
)
def test_empty_forms_passwords_and_long_forms_are_not_kept(client, data):
    sent = client.post("/account/", data)
    assert "kept_form" not in sent.cookies and sent["Location"] == "/sign-in/?next=/account/"


def test_a_forged_or_absent_cookie_leads_home(client_of, alice):
    client = client_of(alice)
    assert client.get(KEPT)["Location"] == "/"
    client.cookies["kept_form"] = "forged"
    assert client.get(KEPT)["Location"] == "/"
