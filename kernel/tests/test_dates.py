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
def test_each_language_writes_a_date_its_own_way(name: str, english: str, french: str) -> None:
    with translation.override("en"):
        assert dates.write(SUNDAY, name) == english
    with translation.override("fr"):
        assert dates.write(SUNDAY, name) == french


def test_french_names_the_first_of_a_month() -> None:
    with translation.override("fr"):
        assert [dates.write(FIRST, name) for name in ("day", "short", "number")] == ["mar. 1er déc.", "1er déc.", "1er"]
    with translation.override("en"):
        assert dates.write(FIRST, "day") == "Tue 1 Dec"
