"""Titles and names of any kind in real notices, calendars and files: no header, link or event of their own."""

import email
import email.policy
import re

import pytest
from django.urls import reverse

from courses.domain import extensions
from courses.models import Course, Task
from courses.tests.conftest import DEADLINE
from kernel.testing.calendars import read_events
from mail.digests import write_digests
from mail.messages import compose
from mail.models import Mail, Notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HOSTILE = [
    "Lists\r\nBcc: all@evil.example",
    "Lists\n\nhttps://evil.example/\n\n* an item\n2. a heading",
    '"Eve" <eve@evil.example>, "Mallory',
    "=cmd|' /C calc'!A0",
    "=?utf-8?q?x?= \\n \\, ;",
    "END:VEVENT\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR",
    "<a href=https://evil.example/>x</a><script>alert(1)</script>",
    "שלום\u202e gnp.exe",
    "{{ link }} {% url 'home' %} %(course)s %s",
    "é" * 200,
]
HEADERS = {
    "content-type", "mime-version", "subject", "from", "to", "date", "message-id", "auto-submitted",
    "x-auto-response-suppress", "content-language", "list-unsubscribe", "list-unsubscribe-post",
}  # fmt: skip


@pytest.fixture(params=HOSTILE)
def hostile(request, school):
    """The course, when its title, that of a task and the name of a student are this text."""
    student, text = school.alice.person, request.param
    Course.objects.filter(pk=school.course.pk).update(title=text[:120])
    Task.objects.filter(pk=school.first.pk).update(title=text)
    type(student).objects.filter(pk=student.pk).update(first_name=text[:150], last_name=text[:150])
    for row in (school.course, school.first, student):
        row.refresh_from_db()
    Mail.objects.all().delete()
    return text


def check(mail, settings):
    message = email.message_from_bytes(compose(mail).message().as_bytes(linesep="\r\n"), policy=email.policy.default)
    assert {name.lower() for name in message} <= HEADERS and not message.defects
    assert all(len(str(value).splitlines()) == 1 for value in message.values())
    assert [address.addr_spec for address in message["To"].addresses] == ["alice@school.example"]
    assert len(message["Subject"].strip()) <= 200
    html = message.get_body(("html",)).get_content()
    links = re.findall(r'href="([^"]*)"', html)
    assert links and all(link.startswith(f"{settings.PUBLIC_URL}/") for link in links)
    assert set(re.findall(r"<(\w+)", html)) <= {
        "html", "head", "meta", "title", "body", "div", "p", "br", "a", "h2", "ul", "li"
    }  # fmt: skip


def test_notices_have_our_headers_one_recipient_and_our_links(hostile, school, teacher, settings):
    extensions.grant_extension(teacher, school.first, school.alice, deadline=DEADLINE.replace(month=12), reason=hostile)
    mail = Mail.objects.get()
    check(mail, settings)
    Notice.objects.create(
        key="k", person=mail.person, kind=mail.kind, subject=mail.subject, text=mail.text, path=mail.path,
        created_at=mail.created_at.replace(year=2020),
    )  # fmt: skip
    assert write_digests() == 1
    check(Mail.objects.latest("pk"), settings)


def test_a_calendar_has_one_event_whatever_its_title(hostile, school, client_of, ask):
    file = client_of(school.alice.person).get(
        reverse("task-deadline-calendar", args=[school.course.pk, school.first.pk])
    )
    assert re.fullmatch(r"attachment; filename(\*=utf-8'')?=?\"?[^\";\r\n]+\.ics\"?", file["Content-Disposition"])
    for content in (ask(school.alice.person).content, file.content):
        [event] = read_events(content).values()
        assert event.summary.value == f"Due: {hostile}".replace("\r\n", "\n")
        assert event.url.value.endswith(f"/courses/{school.course.pk}/tasks/{school.first.pk}/own/")


def test_a_title_of_500_characters_is_refused_with_a_sentence_at_its_field(school, teacher, client_of):
    address = reverse("task-edit", args=[school.course.pk, school.first.pk])
    answer = client_of(teacher).post(address, {"title": "x" * 500})
    assert answer.status_code == 422
    assert "at most 200 characters" in answer.content.decode()
    school.first.refresh_from_db()
    assert school.first.title == "Exercice 1"
