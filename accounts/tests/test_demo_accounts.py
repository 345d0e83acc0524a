"""Accounts of the demonstration while DEMO is off: nobody can sign in with them, and their rows do not change."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts import demo
from accounts.demo_accounts import closed_accounts, is_demo_account
from accounts.models import GuessCount, User

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NAME = demo.STAFF.username
FORM, TOKEN = "/sign-in/", "/api/v1/token/"


@pytest.fixture
def school(settings):
    settings.DEMO = True
    return demo.fill(3)


def sign_in(client=None, username=NAME, password=demo.PASSWORD):
    fields = {"username": username, "password": password}
    return (client or Client()).post(FORM, fields, headers={"Accept-Language": "en"})


def obtain(username=NAME):
    return APIClient().post(TOKEN, {"username": username, "password": demo.PASSWORD})


def stored_rows():
    return list(User.objects.order_by("pk").values())


def test_demo_accounts_sign_in_while_demo_is_on(school):
    assert sign_in().status_code == 302
    assert obtain().status_code == 200


def test_demo_accounts_cannot_sign_in_while_demo_is_off_and_no_row_changes(school, settings):
    before = stored_rows()
    settings.DEMO = False
    for person in demo.EVERYBODY[:6]:
        answer = sign_in(username=person.username)
        assert answer.status_code == 200
        assert "an account of the demonstration" in answer.content.decode()
        assert obtain(person.username).status_code == 401
    assert stored_rows() == before
    assert not GuessCount.objects.exists()
    settings.DEMO = True
    assert sign_in().status_code == 302


def test_their_sessions_and_tokens_end_with_the_demonstration(school, settings):
    client = Client()
    sign_in(client)
    assert client.get("/").status_code == 200
    pair = obtain().json()
    bearer = {"Authorization": f"Bearer {pair['access']}"}
    assert APIClient().get("/api/v1/farm/", headers=bearer).status_code == 200
    settings.DEMO = False
    assert client.get("/").status_code == 302
    answer = APIClient().get("/api/v1/farm/", headers=bearer)
    assert answer.status_code == 401
    assert "demonstration" in answer.json()["error"]["message"]
    assert APIClient().post(f"{TOKEN}refresh/", {"refresh": pair["refresh"]}).status_code == 401
    assert APIClient().post(f"{TOKEN}verify/", {"token": pair["access"]}).status_code == 401


@pytest.mark.parametrize("change", [{"email": "ada@other.example"}, {"first_name": "Somebody", "last_name": "Else"}])
def test_an_account_with_another_email_or_name_is_still_one_of_the_demonstration(school, settings, change):
    User.objects.filter(username=NAME).update(**change)
    User.objects.get(username=NAME).set_password("another long password")
    settings.DEMO = False
    assert sign_in().status_code == 200


def test_somebody_else_with_the_same_user_name_signs_in(db):
    person = User.objects.create_user("le", "le@real.example", "a long password", first_name="Jean", last_name="Le")
    assert not is_demo_account(person)
    assert sign_in(username="le", password="a long password").status_code == 302
    person.set_password(demo.PASSWORD)
    person.save()
    assert sign_in(username="le").status_code == 200, "the public password is never enough"


def test_staff_see_that_demo_accounts_are_closed(school, settings, client_of, staff):
    settings.DEMO = False
    assert len(closed_accounts()) == 6
    assert "6 accounts of the demonstration are still here" in client_of(staff).get("/").content.decode()
    demo.remove()
    assert "of the demonstration are still here" not in client_of(staff).get("/").content.decode()


def test_other_people_do_not_see_that_demo_accounts_are_closed(school, settings, client_of, alice):
    settings.DEMO = False
    assert "of the demonstration" not in client_of(alice).get("/").content.decode()
