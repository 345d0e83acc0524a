"""The mails about accounts as a real mail server receives them, in both languages, and the links in them."""

import pytest
from django.test import Client

from accounts.domain import address_check, invitations, password_reset
from accounts.mail_kinds import ADDRESS_CHANGED, EMAIL_CHECK, PASSWORD_RESET
from accounts.models import OneTimeLink
from mail import sending
from mail.models import Mail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
PASSWORD = "four words will do"


def text_of(message):
    return message.get_body(("plain",)).get_content()


def test_an_invitation_arrives_and_its_link_signs_in(smtp, client, teacher, newcomer, links_in):
    smtp.start()
    invitations.invite(teacher, newcomer, context_title="Systems", context_path="/courses/")
    assert sending.drain() == 1
    (message,) = smtp.messages
    assert message["Subject"] == "Systems: your invitation" and message["To"] == "Ama Mensah <ama@school.example>"
    (path,) = set(links_in(message))
    assert client.get(path).status_code == 200
    assert client.post(path, {"do": "password", "password": PASSWORD}).url == "/courses/"
    assert invitations.state(newcomer) == invitations.State.SIGNED_IN


def test_a_refused_recipient_is_a_bounced_invitation(smtp, person):
    smtp.start()
    unknown = person("unknown")
    unknown.set_unusable_password()
    unknown.save()
    invitations.invite(None, unknown)
    sending.drain()
    unknown.refresh_from_db()
    assert invitations.state(unknown) == invitations.State.BOUNCED


def test_nothing_is_lost_while_the_mail_server_is_down(smtp, client, newcomer, links_in):
    invitations.invite(None, newcomer)
    assert sending.drain() == 0 and Mail.objects.waiting().count() == 1
    smtp.start()
    Mail.objects.update(next_attempt_at=Mail.objects.get().created_at)
    assert sending.drain() == 1
    assert client.get(links_in(smtp.messages[0])[0]).status_code == 200


def test_a_reset_and_a_new_address_arrive(smtp, client, alice, links_in):
    smtp.start()
    password_reset.send_resets("alice@school.example")
    sending.drain()
    assert client.post(links_in(smtp.messages[0])[0], {"do": "password", "password": PASSWORD}).status_code == 302
    address_check.start(alice, "new@school.example")
    sending.drain()
    check = smtp.messages[1]
    assert "new@school.example" in check["To"]
    assert Client().post(links_in(check)[0], {"do": "confirm"}).status_code == 302
    sending.drain()
    told = smtp.messages[2]
    assert "<alice@school.example>" in told["To"] and not links_in(told) and "new@school.example" in text_of(told)
    assert [mail.kind for mail in Mail.objects.order_by("id")] == [PASSWORD_RESET, EMAIL_CHECK, ADDRESS_CHANGED]


def test_hostile_names_stay_text(smtp, person, links_in):
    smtp.start()
    hostile = 'Eve"\r\nBcc: all@school.example\n<b> {{ link }} %(name)s http://evil.example/'
    inviter = person("eve", first_name=hostile, kind="teacher")
    ama = person("ama", first_name="{% load x %}\nAma")
    ama.set_unusable_password()
    ama.save()
    invitations.invite(inviter, ama, context_title=f"=Systems {hostile}", context_path="//evil.example/")
    sending.drain()
    (message,) = smtp.messages
    assert message["Bcc"] is None and "\n" not in str(message["Subject"])
    html = message.get_body(("html",)).get_content()
    assert "<b>" not in html and 'href="http://evil.example' not in html
    (path,) = set(links_in(message))
    answer = Client().post(path, {"do": "password", "password": PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/")  # never to another site
    assert OneTimeLink.objects.get().used_at
