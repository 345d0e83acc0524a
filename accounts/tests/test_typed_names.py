"""The text that people type into the sign-in form is stored nowhere, of any length, from any address."""

import pytest
from django.apps import apps

from accounts.models import AuditEvent
from accounts.sign_in_lockout import hash_of_name

pytestmark = pytest.mark.database
FORM, TOKEN = "/sign-in/", "/api/v1/token/"
TYPED = "correct horse battery staple"  # a password in the field of the user name


def stored_texts():
    """Return every text in the tables of django-axes and of accounts, among them the audit log."""
    models = [model for app in ("axes", "accounts") for model in apps.get_app_config(app).get_models()]
    return [str(value) for model in models for row in model.objects.values_list() for value in row]


def test_a_typed_password_and_name_are_not_stored(client, api, db):
    for _ in range(6):
        client.post(f"{FORM}?next=/{TYPED}", {"username": TYPED, "password": "secret-1", "Password": "secret-2"})
    api.post(TOKEN, {"username": TYPED, "password": "secret-3"})
    texts = stored_texts()
    assert texts
    assert not [text for text in texts if "horse" in text or "secret-" in text]
    assert AuditEvent.objects.get(verb="accounts.lock_out").subject == f"name:{hash_of_name(TYPED)}"


def test_the_hash_depends_on_the_secret_key(settings):
    before = hash_of_name("alice")
    settings.SECRET_KEY = "another key with thirty-two characters"
    assert hash_of_name("alice") != before


@pytest.mark.parametrize("length", [255, 256, 300, 5000])
def test_a_user_name_longer_than_the_column_is_401(api, db, length):
    answer = api.post(TOKEN, {"username": "x" * length, "password": "y"})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "no_active_account"


@pytest.mark.parametrize("name", ["\N{GRINNING FACE}" * 300, "ü" * 256])
def test_a_user_name_of_many_bytes_is_401(api, db, name):
    assert api.post(TOKEN, {"username": name, "password": "y"}).status_code == 401


def test_the_form_refuses_a_user_name_longer_than_the_column(client, db):
    assert client.post(FORM, {"username": "x" * 300, "password": "y"}).status_code == 200


@pytest.mark.parametrize("forwarded", ["1.2.3.4:5678", "[2001:db8::1]:443", "fe80::1%eth0", "unknown", "1" * 100, ""])
def test_a_lockout_works_whatever_the_proxy_writes(client, api, alice, settings, forwarded):
    settings.PROXY_COUNT = 1
    for number in range(4):
        wrong = {"username": "alice", "password": "wrong"}
        assert client.post(FORM, wrong, HTTP_X_FORWARDED_FOR=forwarded).status_code == 200, number
    answer = api.post(TOKEN, {"username": "alice", "password": "wrong"}, HTTP_X_FORWARDED_FOR=forwarded)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "locked_out")


def test_one_address_with_other_ports_is_locked_out_as_one(client, alice, settings):
    settings.PROXY_COUNT = 1
    answers = [
        client.post(FORM, {"username": "alice", "password": "x"}, HTTP_X_FORWARDED_FOR=f"192.0.2.1:{4000 + number}")
        for number in range(5)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
