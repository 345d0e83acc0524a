"""Keywords in first lines: the original's cases, its corrected mistakes, and random input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitsync.rules import keywords
from gitsync.rules.keywords import Keywords, first_line
from gitsync.rules.matching import Exercise


def watched(*keywords: str) -> list[Exercise]:
    return [Exercise(f"/{keyword}", "/", "/", keyword) for keyword in keywords]


def completed_by(line: str, exercises: list[Exercise]) -> list[str]:
    return Keywords(exercises).completed_by(line)


@pytest.mark.parametrize(
    ("line", "keywords", "completed"),
    [
        # the cases of the original
        ("TP 2: Test", ["TP 1", "TP 2"], ["TP 2"]),
        ("[ Exercice 1 ] fini", ["Exercice 1"], ["Exercice 1"]),
        ("123456789TP1", ["TP1"], ["TP1"]),
        ("1234567890TP1", ["TP1"], []),
        ("TP1 et aussi TP2", ["TP1", "TP2"], ["TP1"]),
        ("pas fini", ["fini"], ["fini"]),
        # its mistakes, corrected
        ("TP10 fini", ["TP1"], []),
        ("TP10 fini", ["TP1", "TP10"], ["TP10"]),
        ("TP1 TP2", ["TP1", "TP2"], ["TP1", "TP2"]),
        ("TP1", ["TP 1"], ["TP 1"]),
        ("exercice 1 termine", ["Exercice 1 Terminé"], ["Exercice 1 Terminé"]),
        # whole words, folded
        ("tp-01", ["TP 1"], ["TP 1"]),
        ("infini", ["fini"], []),
        ("finition", ["fini"], []),
        ("TP 1.", ["tp1"], ["tp1"]),
        ("finiTP1", ["TP1"], ["TP1"]),
        ("travail pratique 1", ["TravailPratique1"], ["TravailPratique1"]),
        ("TP 1 0", ["TP 10"], []),
        # the longest wins over those inside it, unless they are elsewhere in the line, too
        ("TP 1 exercice 2", ["TP 1", "TP 1 exercice 2"], ["TP 1 exercice 2"]),
        ("TP 1 exercice 2", ["exercice 2", "TP 1 exercice 2"], ["TP 1 exercice 2"]),
        ("TP1 TP1 ex 2", ["TP1", "TP1 ex 2"], ["TP1", "TP1 ex 2"]),
        ("TP 1 exercice 3", ["TP 1", "TP 1 exercice 2"], ["TP 1"]),
        # an empty keyword completes nothing; symbols are compared literally
        ("TP1", [""], []),
        ("", ["TP1"], []),
        ("✓ tout", ["✓"], ["✓"]),
        ("0123456789✓", ["✓"], []),
    ],
)
def test_a_keyword_is_found_as_whole_words_near_the_beginning(line, keywords, completed):
    assert completed_by(line, watched(*keywords)) == [f"/{keyword}" for keyword in completed]


def test_the_same_keyword_of_two_exercises_completes_neither():
    twins = [Exercise("/tp1/ex1", "/", "/", "Exercice 1"), Exercise("/tp2/ex1", "/", "/", "exercice 01")]
    assert completed_by("Exercice 1", twins) == []


@pytest.mark.parametrize(
    ("message", "line"),
    [("TP1\n\nmore", "TP1"), ("TP1\r\nmore", "TP1"), ("", ""), ("\n\nTP1", "TP1"), ("TP1  ", "TP1"), ("\r\n", "")],
)
def test_the_first_line_is_the_first_that_is_not_empty(message, line):
    assert first_line(message) == line


def test_a_long_line_and_ten_thousand_keywords_take_few_steps(monkeypatch):
    matcher = Keywords([Exercise(f"/{number}", "/", "/", f"TP{number}") for number in range(10_000)])
    lengths = []
    real = keywords.tokenize
    monkeypatch.setattr(keywords, "tokenize", lambda text: lengths.append(len(text)) or real(text))
    lookups = []
    find = Keywords._longest_keyword
    monkeypatch.setattr(Keywords, "_longest_keyword", lambda *arguments: lookups.append(1) or find(*arguments))
    assert matcher.completed_by("TP 77 " * 10_000) == ["/77"]
    assert (lengths, len(lookups)) == ([keywords.LINE_CHARACTERS], 4)
    assert matcher.completed_by("a\u0301\u0327" * 20_000) == []  # marks in a wrong order are slow to put in order
    assert sum(lengths) <= 2 * keywords.LINE_CHARACTERS


@given(st.lists(st.sampled_from(["TP1", "TP 10", "tp 1 ex 2", "ex", "ex 2", "é"]), max_size=6), st.text(max_size=30))
def test_the_order_of_the_exercises_changes_nothing(keywords, line):
    exercises = [Exercise(f"/{index}", "/", "/", keyword) for index, keyword in enumerate(keywords)]
    for text in (line, " ".join(keywords)):
        assert completed_by(text, exercises) == completed_by(text, exercises[::-1])


@given(st.text(max_size=40), st.text(max_size=20))
def test_any_text_gives_a_result(line, keyword):
    completed_by(line, watched(keyword))
