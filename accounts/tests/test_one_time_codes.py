"""Printed codes: who may print them for whom, the page that shows them once, and the page that takes them."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.domain import one_time_codes
from accounts.models import AuditEvent, OneTimeLink
from kernel.testing.threads import run_at_once

pytestmark = pytest.mark.django_db
PAGE, PRINT = "/code/", "/people/codes/"
PASSWORD = "four words will do"
CODE = re.compile(r"<strong>([2-9A-Z]{5}-[2-9A-Z]{5})</strong>")


@pytest.fixture
def code_of(staff):
    return lambda person: one_time_codes.issue(staff, [person])[0].code


def enter(client, code, username="ama", password=PASSWORD, **extra):
    fields = {"username": username, "code": code, "password": password}
    return client.post(PAGE, fields, headers={"Accept-Language": "en"}, **extra)


def test_a_list_of_codes_is_shown_once_and_only_hashes_are_stored(client_of, clerk, newcomer, alice):
    client = client_of(clerk)
    assert "ama" in client.get(PRINT, {"names": "ama,alice"}).content.decode()
    page = client.post(PRINT, {"names": "ama\nalice, ama"}).content.decode()
    codes = CODE.findall(page)
    assert len(codes) == 2 and "Ama Mensah" in page and "/code/" in page
    assert not CODE.findall(client.get(PRINT).content.decode())
    stored = str(list(OneTimeLink.objects.values()))
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)
    events = AuditEvent.objects.filter(verb="accounts.issue_code", actor=clerk)
    assert {event.subject for event in events} == {f"user:{newcomer.pk}", f"user:{alice.pk}"}


def test_a_code_sets_a_password_and_signs_in_once(client, newcomer, code_of):
    code = code_of(newcomer)
    assert "I have a printed code" in client.get("/sign-in/", headers={"Accept-Language": "en"}).content.decode()
    typed = f" {code.lower().replace('-', ' ')} "
    assert enter(client, typed).url == "/"
    assert client.get("/account/").context["person"] == newcomer
    newcomer.refresh_from_db()
    assert newcomer.check_password(PASSWORD)
    assert AuditEvent.objects.get(verb="accounts.use_code").actor == newcomer
    again = enter(Client(), code, password="another long one")
    assert again.status_code == 422 and "Wrong user name or code" in again.content.decode()


def test_a_weak_password_uses_nothing_up(client, newcomer, code_of):
    code = code_of(newcomer)
    for _ in range(6):  # more than the guesses: a right code gives its guess back
        answer = enter(client, code, password="short")
        assert answer.status_code == 422 and 'id="id_password_error"' in answer.content.decode()
    assert enter(client, code).status_code == 302


def test_a_code_is_of_one_person_and_the_same_answer_hides_who_exists(client, newcomer, alice, code_of):
    code = code_of(newcomer)
    texts = set()
    for username in ("alice", "nobody"):
        answer = enter(Client(REMOTE_ADDR=f"192.0.2.{len(texts)}"), code, username)
        assert answer.status_code == 422
        texts.add(re.search(r"Wrong user name or code[^<]*", answer.content.decode())[0])
    assert len(texts) == 1


def test_five_wrong_codes_start_a_lockout_that_the_right_one_does_not_shorten(client, newcomer, code_of):
    code = code_of(newcomer)
    answers = [enter(client, "AAAAA-AAAAA") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 4 + [429]
    assert "4 tries are left" in answers[0].content.decode()
    assert enter(client, code).status_code == 429
    assert AuditEvent.objects.filter(verb="accounts.lock_out").count() == 1
    assert enter(client, code, REMOTE_ADDR="192.0.2.7").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_25_codes_at_once_at_most_five_are_looked_at(newcomer, code_of, monkeypatch):
    looked_at = []
    find = one_time_codes.find
    monkeypatch.setattr(one_time_codes, "find", lambda *typed: looked_at.append(typed) or find(*typed))
    code_of(newcomer)
    statuses = run_at_once(lambda number: enter(Client(), f"AAAAA-AAA{number:02}").status_code, 25)
    assert len(looked_at) == 5 and statuses.count(429) >= 20


def test_a_code_ends_after_14_days_with_a_newer_one_and_with_the_account(client, newcomer, code_of):
    old = code_of(newcomer)
    new = code_of(newcomer)
    assert enter(client, old).status_code == 422
    with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1), tick=False):
        assert enter(client, new).status_code == 422
    type(newcomer).objects.update(is_active=False)
    assert enter(client, new).status_code == 422


def test_nobody_prints_a_code_for_more_rights_than_their_own(client_of, clerk, staff, program, person, newcomer):
    person("reader", is_staff=True)
    closed = person("closed", is_active=False)
    for username in ("staff", "reader", "program", closed.username):
        page = client_of(clerk).post(PRINT, {"names": f"ama {username}"})
        assert page.status_code == 422 and f"may not make one for: {username}" in page.content.decode()
    assert not OneTimeLink.objects.exists()  # nor one for ama
    assert len(CODE.findall(client_of(staff).post(PRINT, {"names": "reader clerk"}).content.decode())) == 2


def test_unknown_names_are_named(client_of, clerk, newcomer):
    page = client_of(clerk).post(PRINT, {"names": "ama nobody <b>x</b>"})
    assert page.status_code == 422 and "Nobody here has these user names: nobody," in page.content.decode()
    assert "<b>x" not in page.content.decode()
    assert client_of(clerk).post(PRINT, {"names": " , ; "}).status_code in (422, 200)
    assert client_of(clerk).post(PRINT, {"names": " ".join(f"n{n}" for n in range(501))}).status_code == 422


def test_the_code_has_no_letters_that_look_alike():
    codes = "".join(one_time_codes.new_code() for _ in range(200))
    assert not set(codes) & set("01ILO") and len(set(codes)) > 25
