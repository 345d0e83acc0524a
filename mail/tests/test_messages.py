"""The message of a mail, as a mail program reads it."""

import email
import email.policy
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from mail.messages import compose, recipient

pytestmark = pytest.mark.django_db
HOSTILE = [
    'Bobby "; DROP TABLE',
    "Martin, Alice <evil@evil.example>",
    "evil@evil.example, Alice",
    "Zoë Žižek",
    "王小明",
    "محمد علي",
    "नमस्ते",
    "O'Brien \\ (the) [elder]: a; b",
    "=?utf-8?q?x?= <evil@evil.example>",
    "🦄" * 30,
    "é" * 150,
    "a" * 300,
    "Alice\r\nBcc: evil@evil.example",
    "Alice\nBcc: evil@evil.example\n\nBuy!",
    "\x00\x1b",
    "",
]


def parsed(mail):
    data = compose(mail).message().as_bytes(linesep="\r\n")
    assert data.isascii() and max(map(len, data.split(b"\r\n"))) < 999
    return email.message_from_bytes(data, policy=email.policy.default)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(alice, mail_to, name):
    alice.first_name, alice.last_name = name, ""
    message = parsed(mail_to(alice, subject=(name.replace("\n", " ").replace("\r", " ") or "x")[:150]))
    (address,) = message["To"].addresses
    assert address.addr_spec == "alice@school.example"
    # Python's parser leaves a space between two encoded words of a long name.
    read = address.display_name.replace(" ", "")
    shown = "".join(name.replace("\x00", "").replace("\x1b", "").split()) if name else "alice"
    if not name.startswith("=?"):
        assert shown.startswith(read) and len(read) >= min(len(shown), 70)
    assert message["Bcc"] is None and message["Cc"] is None
    assert message.get_body(("plain",)).get_content().startswith("A text.")


def test_an_encoded_word_in_a_name_is_no_other_address():
    header = recipient("=?utf-8?q?x=2C_evil=40evil.example?= <evil@evil.example>", "alice@school.example")
    message = email.message_from_string(f"To: {header}\n\n", policy=email.policy.default)
    assert [address.addr_spec for address in message["To"].addresses] == ["alice@school.example"]


def test_it_has_a_date_an_id_and_says_that_a_program_wrote_it(alice, mail_to, settings):
    mail = mail_to(alice, created_at=datetime(2030, 1, 7, 12, tzinfo=UTC))
    message = parsed(mail)
    assert message["Date"] == "Mon, 07 Jan 2030 12:00:00 +0000"
    assert message["Message-ID"] == mail.message_id and mail.message_id.endswith("@localhost>")
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "en")
    assert message["From"] == settings.DEFAULT_FROM_EMAIL
    assert compose(mail).message()["Message-ID"] == mail.message_id


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags, self.starts, self.links, self.texts = set(), [], [], []

    def handle_data(self, data):
        self.texts += [data.strip()] if data.strip() else []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.starts.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src", "background")]


def html_of(mail):
    html = Tags()
    html.feed(parsed(mail).get_body(("html",)).get_content())
    return html


def test_plain_text_comes_first_and_the_html_loads_nothing(alice, mail_to, settings):
    text = "<script>alert(1)</script> & http://evil.example/ \n\nOpen \ue000\n\nhttp://127.0.0.1:8000.evil.example/"
    message = parsed(mail_to(alice, text=text))
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    plain = message.get_body(("plain",)).get_content()
    assert f"Open {settings.PUBLIC_URL}/courses/\r\n" in plain and "<script>alert(1)</script> &" in plain
    html = Tags()
    html.feed(message.get_body(("html",)).get_content())
    assert not html.tags & {"script", "img", "link", "style", "iframe"}
    assert html.links and all(link.startswith(f"{settings.PUBLIC_URL}/") for link in html.links)


def test_it_can_be_stopped_with_one_click(alice, mail_to, client):
    message = parsed(mail_to(alice))
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = message["List-Unsubscribe"].strip().strip("<>")
    assert address in message.get_body(("plain",)).get_content()
    assert client.get(address).status_code == 200


def test_a_mail_with_a_link_of_the_account_cannot_be_stopped(alice, mail_to):
    message = parsed(mail_to(alice, kind="test.link"))
    assert message["List-Unsubscribe"] is None and message["List-Unsubscribe-Post"] is None
    assert "/mail/stop/" not in message.as_string()


def test_it_is_in_the_language_of_its_text(alice, mail_to):
    assert "Sent by Atelier" in parsed(mail_to(alice)).as_string()
    assert parsed(mail_to(alice, language="fr"))["Content-Language"] == "fr"


def test_lists_and_the_headings_of_a_daily_mail_are_such_in_the_html(alice, mail_to):
    text = "1. Moved\n\nOne line\nand another:\n* a & b\n* c\nThe end."
    parts = [html_of(mail_to(alice, kind=kind, text=text)) for kind in ("mail.digest", "test.at_once")]
    for html in parts:
        assert [tag for tag in html.starts if tag in ("ul", "li")] == ["ul", "li", "li"]
        assert "a & b" in html.texts and "One line" in html.texts
    assert ["h2" in html.tags for html in parts] == [True, False]


def test_the_html_leads_to_the_choices_and_stops_the_mails_by_words(alice, mail_to, settings):
    html = html_of(mail_to(alice))
    assert html.links[-2] == f"{settings.PUBLIC_URL}/account/notices/"
    assert html.links[-1].startswith(f"{settings.PUBLIC_URL}/mail/stop/")
    assert html.texts[-3:] == ["Choose your notices", "·", "Stop these mails"]
    assert not any("/mail/stop/" in text for text in html.texts)
    assert "/mail/stop/" not in str(html_of(mail_to(alice, kind="test.link")).links)
