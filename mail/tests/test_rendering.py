"""The subject and the text of a mail."""

from datetime import UTC, datetime

import pytest

from mail.models import LINK_MARK
from mail.rendering import render

pytestmark = pytest.mark.django_db


def test_the_first_line_is_the_subject_and_nothing_is_escaped(alice, letter):
    subject, text = render(alice, letter, {"what": "<Loops> & 'more'"})
    assert subject == "<Loops> & 'more' happened"
    assert text == f"Good morning Alice,\n\n<Loops> & 'more' is here:\n{LINK_MARK}"


def test_lines_that_only_load_stand_before_the_subject(alice, template):
    name = template("{# A comment. #}\n{% load humanize %}\n{{ count|intcomma }} bytes\nIn all: {{ count|intcomma }}\n")
    assert render(alice, name, {"count": 1234}) == ("1,234 bytes", "In all: 1,234")


@pytest.mark.parametrize(
    "bad", ["\nBcc: all@school.example\n\nBuy!", "\r\nX: y", "\u2028next", "\x00\x1b[2J", "\ud800"]
)
def test_a_line_break_or_control_character_in_a_name_stays_in_its_line(alice, letter, bad):
    subject, text = render(alice, letter, {"what": f"Name{bad}"})
    assert subject.startswith("Name") and subject.endswith("happened")
    assert len(subject.splitlines()) == 1 and "\x00" not in subject + text
    assert text.startswith("Good morning Alice,")
    (subject + text).encode()


def test_a_long_subject_is_cut(alice, letter):
    subject, _text = render(alice, letter, {"what": "word " * 100})
    assert len(subject) <= 200 and subject.endswith("…")


def test_it_is_in_the_language_and_the_time_zone_of_the_person(person, template):
    name = template("{{ at|local_time }}\n{% translate 'Sign out' %}")
    far = person("far", language="fr", zone="Pacific/Auckland")
    assert render(far, name, {"at": datetime(2030, 1, 7, 12, tzinfo=UTC)}) == ("01:00", "Se déconnecter")
