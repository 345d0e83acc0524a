"""The URL of EMAIL_URL becomes Django's settings for sending mail."""

from pathlib import Path

import pytest

from config import env
from config.mail_url import CONSOLE, FILES, SMTP, MailServer, parse_mail_url

HOME = Path("/srv/atelier")


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("", MailServer(FILES, folder="/srv/atelier/mails")),
        ("file:///var/mails", MailServer(FILES, folder="/var/mails")),
        ("file:///var/my%20mails", MailServer(FILES, folder="/var/my mails")),
        ("console:", MailServer(CONSOLE)),
        ("console://", MailServer(CONSOLE)),
        ("smtp://localhost", MailServer(SMTP, "localhost", 25)),
        ("smtp://127.0.0.1:2525", MailServer(SMTP, "127.0.0.1", 2525)),
        ("smtp://[::1]:2525", MailServer(SMTP, "::1", 2525)),
        ("smtp://mail.school.example", MailServer(SMTP, "mail.school.example", 25, starttls=True)),
        ("smtp://mail:25?tls=no", MailServer(SMTP, "mail", 25)),
        ("smtp://localhost?tls=starttls", MailServer(SMTP, "localhost", 25, starttls=True)),
        ("smtp://ada:pw@mail.school.example", MailServer(SMTP, "mail.school.example", 587, "ada", "pw", starttls=True)),
        ("smtps://ada:pw@mail.school.example", MailServer(SMTP, "mail.school.example", 465, "ada", "pw", tls=True)),
        ("SMTPS://mail.school.example:1465/", MailServer(SMTP, "mail.school.example", 1465, tls=True)),
        (
            "smtps://ada%40school.example:p%40%2F%23%3F+%25@mail.school.example",
            MailServer(SMTP, "mail.school.example", 465, "ada@school.example", "p@/#?+%", tls=True),
        ),
    ],
)
def test_a_url_is_a_mail_server(url, server):
    assert parse_mail_url(url, HOME) == server


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mail.school.example", "it starts with none of"),
        ("http://mail.school.example", "it starts with none of"),
        ("smtp+tls://mail.school.example", "it starts with none of"),
        ("smtp://", "it names no host"),
        ("smtp://ada:secret#1@mail.school.example", "special characters"),
        ("smtp://ada:sec/ret@mail.school.example", "special characters"),
        ("smtp://:secret@mail.school.example", "a password without a user"),
        ("smtp://mail.school.example:99999", "it is no URL"),
        ("smtp://mail.school.example:0", "its port is 0"),
        ("smtp://mail.school.example?ssl=1", "the only options"),
        ("smtp://mail.school.example?tls=no&tls=starttls", "the only options"),
        ("smtps://mail.school.example?tls=no", "smtps:// takes no options"),
        ("file://mails", "it starts with none of"),
        ("file:mails", "it starts with none of"),
        ("console:now", "it starts with none of"),
    ],
)
def test_any_other_url_is_refused_without_showing_the_password(url, reason):
    with pytest.raises(ValueError) as error:
        parse_mail_url(url, HOME)
    assert reason in str(error.value) and "secret" not in str(error.value) and "ret@" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://Atelier.school.example", "atelier.school.example"),
        ("http://127.0.0.1:8000", "localhost"),
        ("http://[::1]:8000", "localhost"),
        ("http://localhost:8000", "localhost"),
    ],
)
def test_mails_come_from_the_host_of_the_site(url, domain):
    assert env.mail_domain(url) == domain


@pytest.mark.parametrize(
    ("given", "sender"),
    [
        ("atelier@school.example", "atelier@school.example"),
        ("Atelier <atelier@school.example>", "Atelier <atelier@school.example>"),
        ("École <atelier@school.example>", "=?utf-8?b?w4ljb2xl?= <atelier@school.example>"),
    ],
)
def test_the_sender_is_an_address_with_or_without_a_name(monkeypatch, given, sender):
    monkeypatch.setenv("MAIL_FROM", given)
    assert env.mail_sender("MAIL_FROM", "") == sender


@pytest.mark.parametrize(
    "given", ["atelier", "a@b@c", "a@school.example, b@school.example", "A\nBcc: x@y.example <a@b.example>"]
)
def test_a_sender_that_is_none_stops_the_start(monkeypatch, given):
    monkeypatch.setenv("MAIL_FROM", given)
    with pytest.raises(SystemExit, match="MAIL_FROM must be a sender"):
        env.mail_sender("MAIL_FROM", "")
