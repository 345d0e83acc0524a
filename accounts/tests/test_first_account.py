"""The first account of an empty installation: its address, its page, and that there is only one."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.domain import first_account
from accounts.models import AuditEvent, User
from kernel.errors import Conflict
from kernel.testing.threads import run_at_once

pytestmark = pytest.mark.django_db
FORM = {
    "username": "edith",
    "first_name": "Édith",
    "last_name": "Müller",
    "email": "edith@school.example",
    "password": "four words will do",
}


@pytest.fixture
def path(settings):
    settings.DEMO = False
    return first_account.new_address().removeprefix(settings.PUBLIC_URL)


def test_the_first_person_makes_a_superuser_and_is_signed_in(path, client):
    assert "The first account" in client.get(path).content.decode()
    answer = client.post(path, FORM)
    assert (answer.status_code, answer.url) == (302, "/")
    person = User.objects.get()
    assert (person.username, person.is_staff, person.is_superuser) == ("edith", True, True)
    assert person.check_password(FORM["password"]) and person.language == ""
    assert client.get("/admin/").status_code == 200
    assert AuditEvent.objects.get(verb="accounts.make_first_account").actor == person


@pytest.mark.parametrize(
    ("field", "text"), [("username", ""), ("username", "a b"), ("email", "nothing"), ("password", "short")]
)
def test_a_bad_field_is_named_and_nothing_is_made(path, client, field, text):
    answer = client.post(path, FORM | {field: text})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not User.objects.exists()


def test_a_password_like_the_name_is_refused(path, client):
    answer = client.post(path, FORM | {"username": "edithmuller", "password": "edithmuller1"})
    assert list(answer.context["form"].errors) == ["password"]


def test_the_address_ends_with_the_first_person_but_not_with_a_program(path, client, program):
    assert client.get(path).status_code == 200
    client.post(path, FORM)
    for answer in (Client().get(path), Client().post(path, FORM | {"username": "mallory"})):
        assert answer.status_code == 410 and "Somebody has an account here already" in answer.content.decode()
    assert not User.objects.filter(username="mallory").exists()


def test_a_guessed_or_old_address_makes_nothing(path, client):
    assert client.post(path[:-3] + "abc/", FORM).status_code == 410
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        answer = client.post(path, FORM)
    assert answer.status_code == 410 and "manage.py first_account" in answer.content.decode()
    assert not User.objects.exists()


def test_the_command_and_the_sign_in_page_lead_to_it(path, client, capsys, person):
    assert "manage.py first_account" in client.get("/sign-in/").content.decode()
    call_command("first_account")
    assert client.get(capsys.readouterr().out.strip()).status_code == 200
    person("edith")
    assert "manage.py first_account" not in client.get("/sign-in/").content.decode()
    with pytest.raises(CommandError, match="already"):
        call_command("first_account")


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_program", [False, True])
def test_two_first_people_at_the_same_moment_are_one(request, has_program):
    if has_program:
        request.getfixturevalue("program")

    def make(number):
        try:
            return first_account.make("four words will do", username=["edith", "mallory"][number])
        except Conflict as refusal:
            return refusal

    results = run_at_once(make, 2)
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
    assert User.objects.filter(is_superuser=True).count() == 1
