"""Fragments: the same HTML as a template gives, filled in without rendering it again."""

import html

import pytest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import override

from kernel.fragments.fragment import Fragment, fill_gaps, join

TEXT = Fragment("farm/fragments/fitting_text.html", "text", "wide_text")
AGENDA_ROW = Fragment("farm/fragments/agenda_row.html", "href", "book", "machine", "size", "free_now", "load", "marks")

ROW_GAPS = ("href", "name", "group", "done_at", "span", "last", "removed", "failure", "subject", "extend_href")


def rendered(template, **values):
    return " ".join(render_to_string(template, values).split())


def test_a_filled_fragment_is_the_rendered_template():
    values = {"wide_text": " · 4", "text": "A. Moreau · 100 % <b>&amp;</b> %s {x} 'quoted' \"twice\""}
    for both in (True, False):
        choices = {"has_text": True, "has_wide_text": both}
        assert TEXT.prepared(**choices)(**values) == rendered(TEXT.template, **choices, **values)


def test_a_text_is_escaped_and_a_safe_one_is_not():
    filled = TEXT.prepared(has_text=True)(text="<script>")
    assert "<script>" not in filled
    assert html.escape("<script>") in filled
    assert "<b>4</b>" in TEXT.prepared(has_text=True)(text=SafeString("<b>4</b>"))


def test_each_language_has_its_own_text():
    values = dict.fromkeys(AGENDA_ROW.gaps, "x")
    in_language = {}
    for language in ("en", "fr", "en"):
        with override(language):
            in_language[language] = AGENDA_ROW.prepared(way="book")(**values)
    assert "Book" in in_language["en"]
    assert "Réserver" in in_language["fr"]


def test_a_fragment_without_words_is_prepared_once_for_all_languages():
    functions = {}
    for language in ("en", "fr", "en"):
        with override(language):
            functions[language] = (TEXT.prepared(has_text=1), AGENDA_ROW.prepared(way="next-free"))
    assert functions["en"][0] is functions["fr"][0]
    assert functions["en"][1] is not functions["fr"][1]


def test_a_missing_value_is_an_error():
    with pytest.raises(KeyError, match="text"):
        TEXT.prepared(has_text=True)(wide_text="")


def test_a_developer_sees_a_changed_template_at_once(settings):
    fragment = Fragment(TEXT.template, "text")
    first = fragment.prepared(has_text=True)
    assert fragment.prepared(has_text=True) is first
    settings.DEBUG = True
    fragment = Fragment(TEXT.template, "text")
    assert fragment.prepared(has_text=True) is not fragment.prepared(has_text=True)


def test_a_no_break_space_stays():
    with override("fr"):
        row = Fragment("courses/fragments/late_row.html", *ROW_GAPS).prepared(
            done=True, is_answered=False, state="", status="late", evidence="subject", may_change=False
        )(**dict.fromkeys(ROW_GAPS, ""))
    assert "dernier\xa0: " in row


def test_gaps_that_were_kept_are_filled_in_all_joined_pieces():
    whole = TEXT.prepared(has_text=True)
    gaps = {"wide_text": "<4>", **TEXT.keep_gaps("text")}
    half = join([whole(**gaps), whole(**gaps)])
    name = "Ada & {x} %s"
    assert fill_gaps(half, text=name) == join([whole(wide_text="<4>", text=name)] * 2)
