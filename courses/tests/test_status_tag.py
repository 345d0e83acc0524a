"""The template tag that draws a status."""

from datetime import timedelta

import pytest
from django.template import Context, Template
from django.utils import translation

from courses.rules.statuses import EVERY_STATUS, STATUSES


def render(source: str, **values: object) -> str:
    return Template("{% load courses %}" + source).render(Context(values)).strip()


@pytest.mark.parametrize("status", EVERY_STATUS, ids=lambda status: status.key)
def test_every_status_has_an_icon_of_the_sprite_a_label_and_a_colour(status, settings):
    sprite = (settings.BASE_DIR / "static/icons.svg").read_text()
    assert f'id="i-{status.icon}"' in sprite
    with translation.override("en"):
        html = render("{% status value %}", value=status)
        assert html.startswith(f'<span class="at-state {status.css}">')
        assert html.endswith(f"{status.label}</span>")
        assert render(f'{{% status "{status.key}" %}}') == html


def test_the_text_of_a_status_is_escaped():
    assert "&lt;b&gt;" in render("{% status 'failing' text %}", text="<b>")


def test_a_status_is_drawn_short_without_colour_or_as_an_icon_alone():
    with translation.override("en"):
        assert render("{% status 'late' short=True %}").endswith("Done late</span>")
        assert render("{% status 'late' coloured=0 element='dt' %}").startswith('<dt class="at-state"><svg')
        assert '<span class="visually-hidden">Done late</span>' in render("{% status 'late' icon_only=True %}")
        overdue_by = timedelta(days=2, hours=3)
        assert "Overdue, not done 2 d 3 h<" in render("{% status 'overdue' overdue_by=time %}", time=overdue_by)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_short_word_of_a_status_is_a_part_of_its_label(language):
    with translation.override(language):
        words = {str(status.label).lower(): str(status.word).lower() for status in STATUSES}
    assert [label for label, word in words.items() if word not in label] == []
