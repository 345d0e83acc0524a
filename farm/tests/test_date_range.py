"""Spans and their axes, in the active zone. Paris changes its clocks on 2026-03-29 and 2026-10-25."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from farm.timeline.axis import axis, quarters, units
from farm.timeline.date_range import Range, Span

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def paris():
    with timezone.override("Europe/Paris"):
        yield


def axis_of(day, range):
    span = Span.around(day, range)
    return axis(span, span.window(), datetime(2020, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("range", "first", "after"),
    [
        (Range.DAY, date(2026, 11, 4), date(2026, 11, 5)),
        (Range.WEEK, date(2026, 11, 2), date(2026, 11, 9)),
        (Range.MONTH, date(2026, 11, 1), date(2026, 12, 1)),
    ],
)
def test_a_span_holds_its_day(range, first, after):
    span = Span.around(date(2026, 11, 4), range)
    assert (span.first, span.after) == (first, after)
    assert span.window().start == datetime(first.year, first.month, first.day, tzinfo=UTC) - HOUR


@pytest.mark.parametrize(
    ("range", "before", "here", "later"),
    [
        (Range.DAY, date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2)),
        (Range.WEEK, date(2026, 12, 25), date(2027, 1, 1), date(2027, 1, 8)),
        (Range.MONTH, date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)),
        (Range.MONTH, date(2026, 11, 15), date(2026, 12, 15), date(2027, 1, 15)),
    ],
)
def test_previous_and_next_move_by_the_range(range, before, here, later):
    span = Span.around(here, range)
    assert (span.previous, span.next) == (before, later)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 3, 28), 24)])
def test_a_day_of_a_clock_change_has_its_true_length(day, hours):
    window = Span.around(day, Range.DAY).window()
    assert window.end - window.start == hours * HOUR
    assert sum((part.end - part.start for part in quarters(day)), timedelta()) == hours * HOUR
    assert [part.end - part.start for part in quarters(day)] == [(hours - 18) * HOUR, 6 * HOUR, 6 * HOUR, 6 * HOUR]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 167), (date(2026, 10, 25), 169)])
def test_a_week_with_a_clock_change_is_drawn_to_scale(day, hours):
    span = Span.around(day)
    window = span.window()
    assert window.end - window.start == hours * HOUR
    sunday = units(span)[-1]
    assert window.width(sunday.start, sunday.end) == f"{(hours - 144) / hours * 100:.2f}".rstrip("0") + "%"


def test_a_repeated_hour_has_one_label_with_its_zone_and_a_skipped_hour_none():
    autumn = [tick.label for tick in axis_of(date(2026, 10, 25), Range.DAY).ticks]
    spring = [tick.label for tick in axis_of(date(2026, 3, 29), Range.DAY).ticks]
    assert autumn == ["00:00", "02:00 CEST", "", *(f"{hour:02}:00" for hour in range(4, 24, 2))]
    assert spring == [f"{hour:02}:00" for hour in range(0, 24, 2) if hour != 2]
    noon = next(tick for tick in axis_of(date(2026, 10, 25), Range.DAY).ticks if tick.label == "12:00")
    assert noon.x == "52%"  # the thirteenth of twenty-five hours is over


def test_a_month_has_its_days_its_weekends_and_its_weeks():
    month = axis_of(date(2026, 11, 4), Range.MONTH)
    assert [tick.label for tick in month.ticks] == [str(number) for number in range(1, 31)]
    assert len(month.weekends) == 5  # Sunday the first stands alone
    assert [(part.end - part.start).days for part in month.units] == [1, 7, 7, 7, 7, 1]
    assert len(axis_of(date(2028, 2, 10), Range.MONTH).ticks) == 29


def test_a_week_has_a_weekend_and_a_day_has_none():
    week = axis_of(date(2026, 11, 4), Range.WEEK)
    assert week.weekends == [("71.43%", "28.57%")]
    assert len(week.units) == 7
    assert axis_of(date(2026, 11, 7), Range.DAY).weekends == []


@pytest.mark.parametrize(
    ("day", "range", "title"),
    [
        (date(2026, 11, 3), Range.DAY, "Tuesday 3 November 2026"),
        (date(2026, 11, 3), Range.WEEK, "2 – 8 November 2026"),
        (date(2026, 9, 30), Range.WEEK, "28 September – 4 October 2026"),
        (date(2026, 12, 31), Range.WEEK, "28 December 2026 – 3 January 2027"),
        (date(2026, 11, 3), Range.MONTH, "November 2026"),
    ],
)
def test_the_title_names_the_dates(day, range, title):
    assert Span.around(day, range).title == title


def test_midnight_is_that_of_the_readers_zone():
    with timezone.override("Asia/Tokyo"):
        window = Span.around(date(2026, 11, 3), Range.DAY).window()
    assert window.start == datetime(2026, 11, 2, 15, tzinfo=UTC)
