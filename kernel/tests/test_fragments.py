"""Fragments: the same HTML as a template gives, filled in without rendering it again."""

import html

import pytest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import override

from kernel.fragments.fragment import Fragment, fill_later, join

BAR = Fragment("farm/fragments/bar_text.html", "y", "text")
AGENDA_ROW = Fragment("farm/fragments/agenda_row.html", "href", "book", "machine", "size", "free_now", "load", "marks")

ROW_GAPS = ("href", "name", "group", "done_at", "span", "last", "removed", "failure", "subject", "extend_href")


def rendered(template, **values):
    return " ".join(render_to_string(template, values).split())


def test_a_filled_fragment_is_the_rendered_template():
    values = {"y": "12.5", "text": "A. Moreau · 100 % <b>&amp;</b> %s {x} 'quoted' \"twice\""}
    for css in ("", "t-wide"):
        assert BAR.prepared(x="7", css=css)(**values) == rendered(BAR.template, x="7", css=css, **values)


def test_a_text_is_escaped_and_a_safe_one_is_not():
    filled = BAR.prepared(x="7", css="")(y=3, text="<script>")
    assert "<script>" not in filled
    assert html.escape("<script>") in filled
    assert "<b>4</b>" in BAR.prepared(x="7", css="")(y=3, text=SafeString("<b>4</b>"))


def test_each_language_has_its_own_text():
    values = dict.fromkeys(AGENDA_ROW.gaps, "x")
    in_language = {}
    for language in ("en", "fr", "en"):
        with override(language):
            in_language[language] = AGENDA_ROW.prepared(way="book")(**values)
    assert "Book" in in_language["en"]
    assert "Réserver" in in_language["fr"]


def test_a_missing_value_is_an_error():
    with pytest.raises(KeyError, match="text"):
        BAR.prepared(x="7", css="")(y=3)


def test_a_developer_sees_a_changed_template_at_once(settings):
    fragment = Fragment(BAR.template, "y", "text")
    first = fragment.prepared(x="7", css="")
    assert fragment.prepared(x="7", css="") is first
    settings.DEBUG = True
    fragment = Fragment(BAR.template, "y", "text")
    assert fragment.prepared(x="7", css="") is not fragment.prepared(x="7", css="")


def test_a_no_break_space_stays():
    with override("fr"):
        row = Fragment("courses/fragments/late_row.html", *ROW_GAPS).prepared(
            done=True, is_answered=False, state="", status="late", evidence="subject", may_change=False
        )(**dict.fromkeys(ROW_GAPS, ""))
    assert "dernier\xa0: " in row


def test_gaps_that_were_left_open_are_filled_in_all_joined_pieces():
    gaps = {"y": "<4>", **BAR.left_open("text")}
    half = join(BAR.prepared(x=x, css="")(**gaps) for x in ("1", "2"))
    name = "Ada & {x} %s"
    assert fill_later(half, text=name) == join(BAR.prepared(x=x, css="")(y="<4>", text=name) for x in ("1", "2"))
