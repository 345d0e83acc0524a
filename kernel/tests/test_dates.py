"""Dates in English and in French."""

from datetime import date

import pytest
from django.utils import translation

from kernel.text import dates

SUNDAY, FIRST = date(2026, 11, 29), date(2026, 12, 1)


@pytest.mark.parametrize(
    ("name", "english", "french"),
    [
        ("day", "Sun 29 Nov", "dim. 29 nov."),
        ("day-year", "Sun 29 Nov 2026", "dim. 29 nov. 2026"),
        ("weekday-number", "Sun 29", "dim. 29"),
        ("long", "Sunday 29 November", "dimanche 29 novembre"),
        ("month-year", "29 November 2026", "29 novembre 2026"),
    ],
)
def test_a_date_is_written_in_the_active_language(name: str, english: str, french: str) -> None:
    with translation.override("en"):
        assert dates.format_date(SUNDAY, name) == english
    with translation.override("fr"):
        assert dates.format_date(SUNDAY, name) == french


def test_french_writes_the_first_of_a_month_as_1er() -> None:
    with translation.override("fr"):
        assert [dates.format_date(FIRST, name) for name in ("day", "short", "number")] == [
            "mar. 1er déc.",
            "1er déc.",
            "1er",
        ]
        assert dates.format_date(FIRST, "long") == "mardi 1er décembre"
    with translation.override("en"):
        assert dates.format_date(FIRST, "day") == "Tue 1 Dec"
