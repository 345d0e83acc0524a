"""A new e-mail address counts after the link in a mail to it was used. The old address gets a mail about it."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.domain.password_reset import send_to
from accounts.models import AuditEvent
from mail.models import Mail

pytestmark = pytest.mark.django_db
NEW = "new@school.example"
VALUES = {"first_name": "Alice", "last_name": "Martin", "language": "en", "zone": ""}


def save(client, address=NEW):
    return client.post("/account/", VALUES | {"email": address}, follow=True)


def stored(person):
    person.refresh_from_db()
    return person.email


def test_a_new_address_counts_after_its_button_and_the_old_one_is_told(client_of, alice, link_to):
    client = client_of(alice)
    assert f"A mail was sent to {NEW}" in save(client).content.decode()
    assert stored(alice) == "alice@school.example"
    assert "That address counts once you press the button" in client.get("/account/").content.decode()
    check = Mail.objects.get()
    assert (check.kind, check.address) == ("accounts.email_check", NEW)
    path = link_to(alice, "accounts.email_check")
    assert Client().get(path).status_code == 200 and stored(alice) == "alice@school.example"
    assert Client().post(path, {"do": "confirm"}).url == "/account/"
    assert stored(alice) == NEW
    told = Mail.objects.get(kind="accounts.address_changed")
    assert told.address == "alice@school.example" and NEW in told.text and not told.has_secret
    event = AuditEvent.objects.get(verb="accounts.change_address")
    assert (event.before, event.after) == ({"address": "alice@school.example"}, {"address": NEW})
    assert "was confirmed" in Client().get(path).content.decode()
    assert Client().post(path, {"do": "confirm"}).status_code == 410


def test_the_same_address_again_sends_nothing(client_of, alice):
    save(client_of(alice), "alice@school.example")
    assert not Mail.objects.exists()


def test_a_second_new_address_replaces_the_first(client_of, alice, link_to):
    client = client_of(alice)
    save(client, "first@school.example")
    first = link_to(alice, "accounts.email_check")
    save(client)
    page = client.post(first, {"do": "confirm"})
    assert page.status_code == 410 and "There is a newer link" in page.content.decode()
    assert "Ask for a new one" not in page.content.decode()  # the account page sends one
    client.post(link_to(alice, "accounts.email_check"), {"do": "confirm"})
    assert stored(alice) == NEW


def test_an_expired_link_changes_nothing(client_of, alice, link_to):
    save(client_of(alice))
    path = link_to(alice, "accounts.email_check")
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1), tick=False):
        assert Client().post(path, {"do": "confirm"}).status_code == 410
    assert stored(alice) == "alice@school.example"


def test_a_link_that_checks_an_address_sets_no_password(client_of, alice, link_to):
    save(client_of(alice))
    path = link_to(alice, "accounts.email_check")
    Client().post(path, {"do": "password", "password": "four words will do"})
    Client().post(path, {"do": "not-me"})
    alice.refresh_from_db()
    assert alice.check_password("atelier-demo")
    assert Client().get(path).status_code == 200


def test_a_removed_address_is_removed_at_once_and_told(client_of, alice):
    assert "You have no e-mail address any more" in save(client_of(alice), "").content.decode()
    assert stored(alice) == ""
    assert Mail.objects.get().address == "alice@school.example"


def test_an_open_reset_link_in_the_old_mailbox_ends_with_the_old_address(client_of, alice, link_to):
    send_to(alice)
    reset = link_to(alice, "accounts.password_reset")
    save(client_of(alice))
    Client().post(link_to(alice, "accounts.email_check"), {"do": "confirm"})
    assert Client().get(reset).status_code == 410


def test_mails_to_new_addresses_are_limited(client_of, alice):
    client = client_of(alice)
    for number in range(5):
        save(client, f"a{number}@school.example")
    page = save(client, "a6@school.example").content.decode()
    assert "You asked for many mails" in page and 'id="id_email_error"' in page
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("text", ["no address", "a@b", "ü@school.example", '"a b"@school.example'])
def test_what_is_no_address_is_refused_at_its_field(client_of, alice, text):
    assert 'id="id_email_error"' in save(client_of(alice), text).content.decode()
    assert not Mail.objects.exists() and stored(alice) == "alice@school.example"


def test_the_warning_to_the_old_address_is_never_sent_to_the_new_one(client_of, staff, alice, link_to):
    save(client_of(alice))
    Client().post(link_to(alice, "accounts.email_check"), {"do": "confirm"})
    warning = Mail.objects.get(kind="accounts.address_changed")
    Mail.objects.filter(pk=warning.pk).update(dead_at=timezone.now(), last_error="550 no")
    client_of(staff).post(f"/mails/{warning.pk}/send-again/")
    warning.refresh_from_db()
    assert warning.state == "waiting" and warning.address == "alice@school.example"
