"""Invitations: the mail, the page behind its link, and what staff and teachers see of it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.domain import invitations
from accounts.domain.invitations import State, invite
from accounts.models import AuditEvent, OneTimeLink, User
from kernel.errors import Conflict, Malformed
from kernel.testing.threads import run_at_once
from mail.models import Mail

pytestmark = pytest.mark.django_db
PASSWORD = "four words will do"


def set_password(client, path, password=PASSWORD):
    return client.post(path, {"do": "password", "password": password})


def test_an_invitation_names_the_course_the_user_name_and_its_link(teacher, newcomer, link_to):
    invite(teacher, newcomer, context_title="Systems programming", context_path="/courses/")
    mail = Mail.objects.get()
    assert (mail.kind, mail.address, mail.has_secret) == ("accounts.invitation", "ama@school.example", True)
    assert mail.subject == "Systems programming: your invitation"
    assert "Teacher Martin put you in Systems programming." in mail.text and "Your user name is ama." in mail.text
    secret = link_to(newcomer).split("/")[2]
    assert secret not in mail.text and secret not in str(OneTimeLink.objects.values().get())
    event = AuditEvent.objects.get(verb="accounts.invite")
    assert (event.actor, event.subject) == (teacher, f"user:{newcomer.pk}")


def test_opening_the_link_twice_uses_nothing_up_and_the_button_signs_in(client, teacher, newcomer, link_to):
    invite(teacher, newcomer, context_title="Systems", context_path="/courses/")
    path = link_to(newcomer)
    for scanner in (Client(), Client(), client):
        page = scanner.get(path)
        assert page.status_code == 200 and "Welcome, Ama" in page.content.decode()
        assert "Teacher Martin put you in Systems." in page.content.decode()
    answer = set_password(client, path)
    assert (answer.status_code, answer.url) == (302, "/courses/")
    assert client.get("/account/").status_code == 200
    newcomer.refresh_from_db()
    assert newcomer.check_password(PASSWORD)
    assert AuditEvent.objects.get(verb="accounts.accept_invitation").actor == newcomer


def test_a_head_request_does_not_count_as_opened(client, newcomer, link_to):
    invite(None, newcomer)
    client.head(link_to(newcomer))
    assert invitations.state(newcomer) == State.SENT


@pytest.mark.parametrize(
    "header", [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"}]
)
def test_a_page_that_a_browser_loads_ahead_does_not_count_as_opened(client, newcomer, link_to, header):
    invite(None, newcomer)
    assert client.get(link_to(newcomer), headers=header).status_code == 200
    assert invitations.state(newcomer) == State.SENT
    client.get(link_to(newcomer))
    assert invitations.state(newcomer) == State.OPENED


def test_a_scanner_that_opens_everything_in_the_page_uses_nothing_up(client, newcomer, link_to):
    """It follows links and loads images, also on the page of the invitation. It presses no button."""
    invite(None, newcomer)
    page = client.get(link_to(newcomer)).content.decode()
    for address in set(re.findall(r'(?:href|src)="(/(?!static)[^"]*)"', page)):
        Client().get(address)
    assert invitations.state(newcomer) == State.OPENED
    assert set_password(client, link_to(newcomer)).status_code == 302


def test_a_used_link_says_so_and_leads_to_the_sign_in(client, newcomer, link_to):
    invite(None, newcomer)
    path = link_to(newcomer)
    set_password(Client(), path)
    page = client.get(path)
    assert page.status_code == 410
    assert "This link was used" in page.content.decode() and "/sign-in/" in page.content.decode()
    assert set_password(client, path, "another long one").status_code == 410
    newcomer.refresh_from_db()
    assert newcomer.check_password(PASSWORD)
    assert not Mail.objects.exclude(path="").exists()  # staff can no longer read it


def test_an_expired_link_leads_to_a_new_one(client, teacher, newcomer, link_to):
    invite(teacher, newcomer, context_title="Systems", context_path="/courses/")
    old = link_to(newcomer)
    with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1), tick=False):
        page = client.get(old)
        assert page.status_code == 410 and "This link has expired" in page.content.decode()
        assert "Ask for a new one" in page.content.decode()
        assert set_password(client, old).status_code == 410
        assert "Check your mail" in client.post(old, {"do": "again"}).content.decode()
        new = link_to(newcomer)
        assert new != old
        assert "Teacher Martin put you in Systems." in client.get(new).content.decode()


def test_a_new_invitation_replaces_the_old_link(client, newcomer, link_to):
    invite(None, newcomer)
    old = link_to(newcomer)
    invite(None, newcomer)
    page = client.get(old)
    assert page.status_code == 410 and "There is a newer link" in page.content.decode()
    assert client.get(link_to(newcomer)).status_code == 200
    assert Mail.objects.count() == 1  # the mail that still waited went away with its link


def test_a_new_link_is_asked_for_three_times_at_most(client, newcomer, link_to):
    invite(None, newcomer)
    old = link_to(newcomer)
    invite(None, newcomer)
    for _ in range(6):
        assert client.post(old, {"do": "again"}).status_code == 200
    assert OneTimeLink.objects.count() == 2 + 3


def test_this_is_not_me_ends_the_link_and_staff_see_it(client, newcomer, link_to):
    invite(None, newcomer)
    path = link_to(newcomer)
    page = client.post(path, {"do": "not-me"}, follow=True)
    assert page.status_code == 410 and "The invitation was ended" in page.content.decode()
    assert invitations.state(newcomer) == State.DECLINED
    assert AuditEvent.objects.get(verb="accounts.decline_invitation").actor is None
    assert set_password(client, path).status_code == 410
    client.post(path, {"do": "again"})
    assert client.get(link_to(newcomer)).status_code == 200


def test_a_weak_password_uses_nothing_up_and_says_why(client, newcomer, link_to):
    invite(None, newcomer)
    path = link_to(newcomer)
    for weak in ("short", "1234567890", "ama@school.example", ""):
        answer = set_password(client, path, weak)
        assert answer.status_code == 422 and 'id="id_password_error"' in answer.content.decode(), weak
    assert set_password(client, path).status_code == 302


def test_a_link_that_does_not_exist_says_what_to_do(client, db):
    page = client.get("/in/abc-DEF_123/")
    assert page.status_code == 404
    assert "This link does not work" in page.content.decode() and "/password-reset/" in page.content.decode()
    assert client.post("/in/abc/", {"do": "password", "password": PASSWORD}).status_code == 404


def test_a_link_of_a_closed_account_or_of_a_program_is_closed(client, newcomer, link_to):
    invite(None, newcomer)
    path = link_to(newcomer)
    for change in ({"is_active": False}, {"is_active": True, "kind": "service"}):
        type(newcomer).objects.filter(pk=newcomer.pk).update(**change)
        assert "This account is closed" in client.get(path).content.decode()
        assert set_password(client, path).status_code == 410
        assert client.post(path, {"do": "again"}).status_code == 410


def test_somebody_else_who_is_signed_in_is_named_and_signed_out(client_of, teacher, newcomer, link_to):
    invite(teacher, newcomer)
    client = client_of(teacher)
    assert "Teacher Martin is signed in here now" in client.get(link_to(newcomer)).content.decode()
    set_password(client, link_to(newcomer))
    assert client.get("/account/").context["person"] == newcomer


def test_who_cannot_be_invited(teacher, newcomer, alice, program):
    with pytest.raises(Conflict, match="has a password"):
        invite(teacher, alice)
    with pytest.raises(Conflict):
        invite(teacher, program)
    User.objects.filter(pk=newcomer.pk).update(email="")
    with pytest.raises(Malformed, match="no e-mail address"):
        invite(teacher, newcomer)
    User.objects.filter(pk=newcomer.pk).update(is_active=False)
    with pytest.raises(Conflict):
        invite(teacher, newcomer)
    assert not Mail.objects.exists() and not OneTimeLink.objects.exists()


def test_the_states_of_invitations_need_two_queries(
    client, person, newcomer, alice, link_to, django_assert_num_queries
):
    people = [person(f"p{number}") for number in range(5)]
    for one in people:
        one.set_unusable_password()
        one.save()
        invite(None, one)
    _sent, opened, bounced, expired, signed_in = people
    client.get(link_to(opened))
    Mail.objects.filter(person=bounced).update(dead_at=timezone.now(), last_error="550 no such user")
    OneTimeLink.objects.filter(person=expired).update(expires_at=timezone.now())
    set_password(client, link_to(signed_in))
    for one in people:
        one.refresh_from_db()
    with django_assert_num_queries(2):
        states = invitations.states([newcomer, *people])
    assert [states[one.pk] for one in (newcomer, *people)] == [
        State.NEVER_SENT,
        State.SENT,
        State.OPENED,
        State.BOUNCED,
        State.EXPIRED,
        State.SIGNED_IN,
    ]


@pytest.mark.django_db(transaction=True)
def test_of_ten_uses_at_once_one_sets_the_password(newcomer, link_to):
    invite(None, newcomer)
    path = link_to(newcomer)
    statuses = run_at_once(lambda number: set_password(Client(), path, f"a long password {number}").status_code, 10)
    assert sorted(statuses) == [302] + [410] * 9
    assert AuditEvent.objects.filter(verb="accounts.accept_invitation").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_both_buttons_at_once_one_counts(newcomer, link_to):
    """Either the password is set, or the invitation is declined. The audit log says which."""
    invite(None, newcomer)
    path = link_to(newcomer)

    def press(number):
        return Client().post(path, {"do": "not-me"}) if number % 2 else set_password(Client(), path)

    run_at_once(press, 6)
    verbs = set(AuditEvent.objects.values_list("verb", flat=True)) - {"accounts.invite"}
    newcomer.refresh_from_db()
    if newcomer.has_usable_password():
        assert "accounts.decline_invitation" not in verbs and invitations.state(newcomer) == State.SIGNED_IN
    else:
        assert verbs == {"accounts.decline_invitation"} and invitations.state(newcomer) == State.DECLINED
    assert (
        AuditEvent.objects.filter(verb__in=["accounts.accept_invitation", "accounts.decline_invitation"]).count() == 1
    )


def test_a_link_that_was_used_in_the_meantime_is_not_declined(client, newcomer, link_to):
    invite(None, newcomer)
    link = OneTimeLink.objects.select_related("person").get()
    set_password(client, link_to(newcomer))
    invitations.decline(link)
    assert not AuditEvent.objects.filter(verb="accounts.decline_invitation").exists()
    assert invitations.state(newcomer) == State.SIGNED_IN
