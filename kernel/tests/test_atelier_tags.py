"""The template tags and filters of every page."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.template import Context, Template
from django.template.loader import render_to_string
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


def test_a_prepared_template_is_the_included_one_with_the_values_of_each_page():
    source = '{% prepared "farm/_tabs.html" "upcoming" tab="mine" has_upcoming=upcoming|yesno %}'
    assert '<span class="at-count">3</span>' in render(source, upcoming=3)
    assert '<span class="at-count">4</span>' in render(source, upcoming=4)
    assert "at-count" not in render(source, upcoming=0)
    with translation.override("fr"):
        assert "Mes réservations" in render(source, upcoming=3)


def test_a_value_in_a_prepared_template_is_escaped():
    source = '{% prepared "_theme_menu.html" "here csrf_token" theme="auto" %}'
    html = render(source, here='/farm/?model="><script>', csrf_token="token")
    assert "<script>" not in html
    assert 'name="csrfmiddlewaretoken" value="token"' in html


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("person", [None, get_user_model()(first_name="Alice", last_name="Martin")])
def test_the_frame_chooses_alike_in_every_language(language, person):
    """A phone shows the menu of languages only to who is not signed in. The filter `yesno` answers in the language."""
    with translation.override(language):
        page = render_to_string("base.html", {"person": person, "here": "/", "theme": "auto"})
    assert ('<details class="at-menu at-not-phone">' in page) == (person is not None)
