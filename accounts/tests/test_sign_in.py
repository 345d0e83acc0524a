"""Signing in: who may, what the form says about a failure, and the lockout after too many tries."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditEvent

PASSWORD = "atelier-demo"
FORM = "/sign-in/"


def try_password(client, password="wrong", username="alice", **extra):
    return client.post(FORM, {"username": username, "password": password}, headers={"Accept-Language": "en"}, **extra)


def test_a_person_is_sent_to_the_sign_in_page_and_then_back(client, alice):
    answer = client.get("/account/")
    assert answer.status_code == 302
    assert answer.url == "/sign-in/?next=/account/"
    answer = client.post(answer.url, {"username": "alice", "password": PASSWORD, "next": "/account/"})
    assert answer.url == "/account/"
    assert "alice" in client.get("/account/").content.decode()


def test_signing_in_never_redirects_to_another_host(client, alice):
    answer = client.post(FORM, {"username": "alice", "password": PASSWORD, "next": "https://evil.example/"})
    assert answer.url == "/"


def test_the_sign_in_page_redirects_a_signed_in_person(client_of, alice):
    assert client_of(alice).get(FORM).url == "/"


def test_signing_out_needs_a_post(client_of, alice):
    client = client_of(alice)
    assert client.get("/sign-out/").url == "/"
    assert client.get("/").status_code == 200
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/").status_code == 302


def test_a_wrong_password_says_how_many_tries_are_left(client, alice):
    assert "4 tries are left before a pause of 10 minutes" in try_password(client).content.decode()
    assert "3 tries are left" in try_password(client).content.decode()


def test_an_unknown_user_name_gets_the_same_answer_as_a_wrong_password(client, alice):
    known, unknown = try_password(client), try_password(client, username="nobody")
    assert known.status_code == unknown.status_code == 200
    assert "4 tries are left" in known.content.decode()
    assert "4 tries are left" in unknown.content.decode()


@pytest.mark.database
def test_the_fifth_wrong_password_starts_a_lockout_that_the_right_one_does_not_shorten(client, alice):
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(4):
            try_password(client)
        answer = try_password(client)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "600"
        assert "in 10 minutes" in answer.content.decode()
        clock.shift(timedelta(minutes=4))
        answer = try_password(client, PASSWORD)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "360"
        clock.shift(timedelta(minutes=6, seconds=1))
        assert try_password(client, PASSWORD).status_code == 302
    lock_out = AuditEvent.objects.get(verb="accounts.lock_out")
    assert lock_out.subject == "name:alice"


def test_the_lockout_is_for_one_user_name_at_one_address(client, alice, bob):
    for _ in range(5):
        try_password(client)
    assert try_password(client, PASSWORD, username="bob").status_code == 302
    client.logout()
    assert try_password(client, PASSWORD, REMOTE_ADDR="10.9.8.7").status_code == 302


def test_a_forwarded_header_does_not_change_the_address(client, alice):
    for number in range(5):
        try_password(client, HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
    assert try_password(client, PASSWORD, HTTP_X_FORWARDED_FOR="10.0.0.99").status_code == 429


def test_behind_a_proxy_the_address_that_the_proxy_saw_counts(client, alice, settings):
    settings.PROXY_COUNT = 1
    for number in range(5):
        try_password(client, HTTP_X_FORWARDED_FOR=f"10.0.0.{number}, 192.0.2.1")
    assert try_password(client, PASSWORD, HTTP_X_FORWARDED_FOR="10.0.0.99, 192.0.2.1").status_code == 429
    assert try_password(client, PASSWORD, HTTP_X_FORWARDED_FOR="192.0.2.1, 192.0.2.2").status_code == 302


def test_a_right_password_resets_the_count(client, alice):
    try_password(client)
    try_password(client, PASSWORD)
    client.logout()
    assert "4 tries are left" in try_password(client).content.decode()


def test_the_admin_uses_the_same_sign_in_page(client, staff):
    answer = client.get("/admin/")
    answer = client.get(answer.url) if answer.url.startswith("/admin/") else answer
    assert answer.url.startswith("/sign-in/?next=")


def test_a_closed_account_cannot_sign_in(client, alice):
    alice.is_active = False
    alice.save()
    assert try_password(client, PASSWORD).status_code == 200


def test_a_service_account_cannot_use_the_sign_in_form_even_with_a_password(client, program):
    program.set_password(PASSWORD)
    program.save()
    assert try_password(client, PASSWORD, username="program").status_code == 200


@pytest.mark.parametrize("demo", [True, False])
def test_demo_accounts_are_shown_only_in_a_demonstration(client, db, settings, demo):
    settings.DEMO = demo
    page = client.get(FORM).content.decode()
    assert ("ines.abdelkader" in page) is demo
    assert ("atelier-demo" in page) is demo


def test_the_error_is_linked_to_its_field_for_screen_readers(client, alice):
    page = try_password(client).content.decode()
    assert 'aria-describedby="id_password_error"' in page
    assert 'id="id_password_error"' in page
