"""What the pages draw with."""

import datetime as dt

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone, translation

from kernel.templatetags.atelier import STATES

NOON = dt.datetime(2026, 11, 3, 12, 5, tzinfo=dt.UTC)


def render(source: str, **values) -> str:
    return Template("{% load atelier %}" + source).render(Context(values)).strip()


def test_an_icon_is_drawn_from_the_sprite_and_says_nothing():
    assert render('{% icon "done" %}') == '<svg class="at-icon" aria-hidden="true"><use href="#i-done"/></svg>'


@pytest.mark.parametrize("name", STATES)
def test_every_state_has_an_icon_of_the_sprite_a_word_and_a_colour(name, settings):
    sprite = (settings.BASE_DIR / "templates/_icons.svg").read_text()
    drawn = render(f'{{% state "{name}" %}}')
    colour, icon, word = STATES[name]
    assert f'id="i-{icon}"' in sprite
    with translation.override("en"):
        assert render(f'{{% badge "{name}" %}}').endswith(f"{word}</span>")
    assert colour in drawn


def test_a_word_given_by_a_person_is_escaped():
    assert "&lt;b&gt;" in render("{% state 'rejected' word %}", word="<b>")


@time_machine.travel(dt.datetime(2026, 11, 3, 20, 0, tzinfo=dt.UTC), tick=False)
def test_times_are_in_the_reader_s_zone_and_only_as_long_as_needed():
    with timezone.override("Europe/Paris"), translation.override("en"):
        assert render("{{ at|local_time }}", at=NOON) == "13:05"
        assert render("{{ at|local_day }}", at=NOON) == "Tue 3 Nov"
        assert ">13:05<" in render("{{ at|moment }}", at=NOON)
        assert ">Mon 2 Nov 13:05<" in render("{{ at|moment }}", at=NOON - dt.timedelta(days=1))
        assert render("{{ at|local_day }}", at=NOON - dt.timedelta(days=365)).endswith("2025")
    with timezone.override("Europe/Paris"), translation.override("fr"):
        assert ">lun. 2 nov. 13:05<" in render("{{ at|moment }}", at=NOON - dt.timedelta(days=1))
    with timezone.override("Asia/Tokyo"):
        assert render("{{ at|local_time }}", at=NOON) == "21:05"


def test_no_time_is_no_text():
    assert render("{{ at|local_time }}{{ at|local_day }}{{ at|moment }}", at=None) == ""


def test_the_area_of_the_page_is_the_current_one():
    drawn = render("{% areas %} farm {% endareas %}")
    assert drawn.count("aria-current") == 1
    assert 'href="/farm/" aria-current="true"' in drawn
    assert "aria-current" not in render("{% areas %}{% endareas %}")
