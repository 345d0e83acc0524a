"""The rule for names and other texts: a normal form, and nothing invisible."""

import time
import unicodedata
from types import SimpleNamespace

import pytest

from kernel.text import plain_words
from kernel.text.folding import fold_for_search
from kernel.text.plain_words import BadWords, looks_like, one_line, one_sentence, several_lines


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  a \t b\n", "a b"), ("e\u0301", "é"), ("\u00a0", ""), ("", ""), ("Nguyễn", "Nguyễn"),
        ("O’Brien-Ñandú", "O’Brien-Ñandú"), ("李小龍", "李小龍"), ("<b>", "<b>"), ("🙂", "🙂"),
    ],
)  # fmt: skip
def test_a_text_gets_its_normal_form(typed, kept):
    assert one_line(typed) == kept


@pytest.mark.parametrize(
    "letter", ["\u200b", "\u200e", "\u202e", "\u2066", "\u2060", "\ufeff", "\u2800", "\u3164", "\x07"]
)
@pytest.mark.parametrize("text", ["{}", "a{}", "{}a", "a{}b"])
def test_a_character_that_nobody_sees_is_refused_with_its_number(letter, text):
    for clean in (one_line, one_sentence, several_lines):
        with pytest.raises(BadWords, match=f"U\\+{ord(letter):04X}"):
            clean(text.format(letter))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x" * 100_000, "longer than"), ("a" + "\u0301\u0323" * 50_000, "longer than"),
        ("a" + "\u0301" * 31, "more than 30 accents"), ("ab\u0301" + "\u0323\u0301" * 450, "more than 30 accents"),
    ],
)  # fmt: skip
def test_a_text_that_is_slow_to_normalize_is_refused_before(monkeypatch, text, sentence):
    monkeypatch.setattr(plain_words, "unicodedata", SimpleNamespace(combining=unicodedata.combining))
    for clean in (one_line, one_sentence, several_lines):
        with pytest.raises(BadWords, match=sentence):
            clean(text)


def test_keys_of_long_texts_are_made_of_their_beginning():
    text = "É" + "\u0301\u0323" * 1_000_000
    began = time.process_time()
    assert looks_like(text) and fold_for_search(text) == "e"
    assert time.process_time() - began < 1


def test_a_sentence_is_one_line_with_the_signs_that_change_a_symbol():
    assert one_sentence("  a\nb \t ❤\ufe0f ") == "a b ❤\ufe0f"
    with pytest.raises(BadWords):
        one_sentence("a\u202eb")


def test_joiners_are_for_the_names_of_people_and_only_inside_a_word():
    persian = "علی\u200cرضا"
    assert one_line(persian, joiners=True) == persian
    for text in (persian[:4], "\u200cعلی", "a\u200d \u200db"):
        with pytest.raises(BadWords):
            one_line(text, joiners=True)
    with pytest.raises(BadWords):
        one_line(persian)


def test_texts_that_look_alike_have_the_same_key():
    assert len({looks_like(name) for name in ("Node", "node", "ＮＯＤＥ")}) == 1
    assert looks_like("node") != looks_like("nodé")
