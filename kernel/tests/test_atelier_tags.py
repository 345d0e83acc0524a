"""The template tags and filters of every page."""

import datetime as dt

import time_machine
from django.template import Context, Template
from django.utils import timezone, translation

from kernel.templatetags.atelier import draw_state

NOON = dt.datetime(2026, 11, 3, 12, 5, tzinfo=dt.UTC)


def render(source: str, **values) -> str:
    return Template("{% load atelier %}" + source).render(Context(values)).strip()


def test_an_icon_uses_the_sprite_and_is_hidden_from_screen_readers():
    assert (
        render('{% icon "done" %}')
        == '<svg class="at-icon" aria-hidden="true"><use href="/static/icons.svg#i-done"/></svg>'
    )


def test_the_text_of_a_state_is_escaped():
    html = draw_state("at-state", "at-failing", "failing", "<b>")
    assert html.startswith('<span class="at-state at-failing"><svg class="at-icon"')
    assert html.endswith("&lt;b&gt;</span>")


@time_machine.travel(dt.datetime(2026, 11, 3, 20, 0, tzinfo=dt.UTC), tick=False)
def test_times_are_in_the_person_s_time_zone_and_show_the_date_only_if_needed():
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


def test_an_empty_time_renders_nothing():
    assert render("{{ at|local_time }}{{ at|local_day }}{{ at|moment }}", at=None) == ""


def test_the_area_of_the_page_is_marked_as_current():
    html = render("{% areas %} farm {% endareas %}")
    assert html.count("aria-current") == 1
    assert 'href="/farm/" aria-current="true"' in html
    assert "aria-current" not in render("{% areas %}{% endareas %}")
