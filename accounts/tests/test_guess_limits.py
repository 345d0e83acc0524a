"""Which limits a guessed password counts towards: of the name at an address, of the address, or of a known browser."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import QuerySet
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts import guess_limits, known_browsers
from accounts.models import GuessCount
from accounts.retention import delete_expired
from accounts.sign_in_lockout import limits_of
from kernel.web.client_address import network_of

PASSWORD = "atelier-demo"
FORM = "/sign-in/"
pytestmark = [pytest.mark.django_db, pytest.mark.database]


def sign_in(client, password="wrong", username="alice", **extra):
    return client.post(FORM, {"username": username, "password": password}, **extra).status_code


def test_a_right_password_gives_the_address_its_guess_back(client, alice, settings):
    settings.GUESSES_PER_ADDRESS = 3
    for _ in range(6):
        assert sign_in(Client(), PASSWORD) == 302
    assert sign_in(Client()) == 200


def test_the_cap_of_an_address_counts_all_names_and_ends_with_its_window(client, alice, settings):
    settings.GUESSES_PER_ADDRESS = 6
    with time_machine.travel(timezone.now(), tick=False) as clock:
        statuses = [sign_in(client, username=f"name{number}") for number in range(8)]
        assert statuses == [200] * 5 + [429] * 3
        assert sign_in(client, PASSWORD) == 429
        assert sign_in(client, PASSWORD, REMOTE_ADDR="192.0.2.9") == 302
        clock.shift(guess_limits.WINDOW + timedelta(seconds=1))
        assert sign_in(Client(), PASSWORD) == 302


def test_wrong_guesses_that_never_stop_do_not_lock_a_shared_address_for_ever(client, settings):
    settings.GUESSES_PER_ADDRESS = 10
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(60):  # one wrong password in two minutes, five in a window
            assert sign_in(client, username=f"name{number}") == 200
            clock.shift(timedelta(minutes=2))


def test_nobody_at_the_same_address_locks_a_person_out_of_a_browser_of_theirs(alice, settings):
    settings.GUESSES_PER_ADDRESS = 6
    own = Client()
    assert sign_in(own, PASSWORD) == 302
    own.post("/sign-out/")
    stranger = Client()
    for number in range(6):
        sign_in(stranger)
        sign_in(stranger, username=f"name{number}")
    assert sign_in(stranger, PASSWORD) == 429
    assert sign_in(own, PASSWORD) == 302


def test_a_known_browser_has_five_guesses_too_and_none_for_other_names(alice, bob):
    own = Client()
    sign_in(own, PASSWORD)
    own.post("/sign-out/")
    assert [sign_in(own) for _ in range(6)] == [200] * 4 + [429] * 2
    own_request = RequestFactory().post(FORM)
    own_request.COOKIES = {known_browsers.COOKIE: own.cookies[known_browsers.COOKIE].value}
    assert len(limits_of(own_request, "alice")) == 1
    assert len(limits_of(own_request, "bob")) == 2


def test_a_forged_cookie_is_no_known_browser(alice):
    request = RequestFactory().post(FORM)
    request.COOKIES = {known_browsers.COOKIE: "WyJ4IixbXV0:1abc:forged"}
    assert known_browsers.browser_id(request, "alice") == ""


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_an_address_of_ipv6_counts_with_its_network(address, network):
    assert network_of(address) == network


def test_other_addresses_of_one_ipv6_network_do_not_give_more_guesses(client, alice):
    for number in range(5):
        sign_in(client, REMOTE_ADDR=f"2001:db8::{number}")
    assert sign_in(client, PASSWORD, REMOTE_ADDR="2001:db8::99") == 429


def test_no_typed_name_is_stored(client, db):
    sign_in(client, username="correct horse")
    assert {len(row.key) for row in GuessCount.objects.all()} == {64}


def test_a_clock_that_was_a_day_ahead_locks_nobody_out(client, alice):
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        for _ in range(6):
            sign_in(client)
        assert sign_in(client, PASSWORD) == 429
    assert sign_in(client, PASSWORD) == 302


def test_counts_whose_time_is_over_are_deleted(client, alice):
    sign_in(client)
    delete_expired()
    assert GuessCount.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        delete_expired()
    assert not GuessCount.objects.exists()


def test_the_old_password_is_guessed_at_most_five_times(client_of, alice):
    client = client_of(alice)
    fields = {"new_password1": "a new and long one", "new_password2": "a new and long one"}
    for _ in range(5):
        assert client.post("/account/password/", fields | {"old_password": "wrong"}).status_code == 200
    answer = client.post("/account/password/", fields | {"old_password": PASSWORD}, headers={"Accept-Language": "en"})
    assert "Too many wrong passwords" in answer.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_the_right_old_password_changes_it(client_of, alice):
    fields = {"new_password1": "a new and long one", "new_password2": "a new and long one"}
    client = client_of(alice)
    assert client.post("/account/password/", fields | {"old_password": "wrong"}).status_code == 200
    assert client.post("/account/password/", fields | {"old_password": PASSWORD}).status_code == 302
    assert not GuessCount.objects.exists()


def test_a_row_that_another_request_inserts_meanwhile_refuses_nobody(monkeypatch):
    """Two first guesses at an address came at the same moment, and one of them was refused."""
    limit, exists = guess_limits.limit("address", "192.0.2.1", guesses=5, is_address=True), QuerySet.exists

    def inserted_before(rows):
        until = timezone.now() + guess_limits.WINDOW
        GuessCount.objects.bulk_create([GuessCount(key=limit.key, until=until)], ignore_conflicts=True)
        return exists(rows)

    monkeypatch.setattr(QuerySet, "exists", inserted_before)
    assert guess_limits.take(limit)
    assert guess_limits.used(limit) == 1
