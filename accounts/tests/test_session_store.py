"""A session: who it belongs to, when it ends, and one that began before the present authentication backend."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.session_store import REPLACED_BACKEND, SessionStore

pytestmark = pytest.mark.django_db
PAGE = "/courses/"


@pytest.fixture
def signed_in(client, alice):
    client.force_login(alice)
    return client


def test_it_reads_and_writes_the_sessions_of_django():
    for written, read in ((db.SessionStore(), SessionStore), (SessionStore(), db.SessionStore)):
        written["n"] = 3
        written.save()
        assert read(written.session_key)["n"] == 3


def test_without_a_session_its_key_is_forgotten():
    store = SessionStore("0" * 32)
    assert store.get("n") is None
    assert store.session_key is None


def test_a_session_ends_at_its_time(signed_in):
    assert signed_in.get(PAGE).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE - 60)):
        assert signed_in.get(PAGE).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE + 60)):
        assert signed_in.get(PAGE).status_code == 302


@pytest.mark.parametrize("ends", ["account closed", "account deleted", "session deleted", "password changed"])
def test_a_session_ends_with_its_person(signed_in, alice, ends):
    assert signed_in.get(PAGE).status_code == 200
    if ends == "account closed":
        type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    elif ends == "account deleted":
        alice.delete()
    elif ends == "session deleted":
        Session.objects.all().delete()
    else:
        alice.set_password("a new one for alice")
        alice.save()
    assert signed_in.get(PAGE).status_code == 302


def test_a_session_of_the_replaced_backend_continues(client, alice):
    client.force_login(alice, backend=REPLACED_BACKEND)
    assert db.SessionStore(client.session.session_key)[BACKEND_SESSION_KEY] == REPLACED_BACKEND
    assert client.get(PAGE).status_code == 200
