"""The geometry of a row, by properties: what overlaps in time never lies on the same pixels."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farm.timeline import geometry
from farm.timeline.geometry import TOP, Window, peak, stack

START = datetime(2030, 1, 7, tzinfo=UTC)
LANES, HEIGHT = 8, 80


def hour(number):
    return START + timedelta(hours=number)


def sized(least):
    pair = st.tuples(st.integers(0, 30), st.integers(1, 12), st.integers(least, LANES))
    return pair.map(lambda one: (hour(one[0]), hour(one[0] + one[1]), one[2]))


def accepted(spans):
    """What the farm would have taken of them, in this order."""
    held = []
    for span in spans:
        if peak([*held, span]) <= LANES:
            held.append(span)
    return held


def overlap(one, other):
    return one[0] < other[1] and one[1] > other[0]


def touch(pieces, others):
    return any(a.y < b.y + b.height - 1e-6 and b.y < a.y + a.height - 1e-6 for a in pieces for b in others)


@given(st.lists(sized(1), max_size=25))
def test_no_two_bars_at_one_time_share_a_lane_where_the_capacity_holds(spans):
    held = accepted(spans)
    bars = stack(held, LANES, HEIGHT)
    for (one, its), (other, theirs) in combinations(zip(held, bars, strict=True), 2):
        assert not (overlap(one, other) and touch(its, theirs))
    for span, pieces in zip(held, bars, strict=True):
        assert sum(piece.height for piece in pieces) == pytest.approx(span[2] * HEIGHT / LANES)
        assert all(piece.y >= TOP - 1e-6 and piece.y + piece.height <= TOP + HEIGHT + 1e-6 for piece in pieces)


@given(st.lists(sized(1), max_size=20))
def test_more_than_there_is_is_still_all_seen(spans):
    bars = stack(spans, LANES, HEIGHT)
    for (one, its), (other, theirs) in combinations(zip(spans, bars, strict=True), 2):
        assert not (overlap(one, other) and touch(its, theirs))


@given(st.lists(sized(1), max_size=12), sized(1))
def test_a_closure_of_a_part_takes_no_bar_s_lanes_away(spans, shut):
    held = [span for span in accepted([shut, *spans]) if span is not shut]
    bars = stack(held, LANES, HEIGHT, [shut])
    for (one, its), (other, theirs) in combinations(zip(held, bars, strict=True), 2):
        assert not (overlap(one, other) and touch(its, theirs))


def test_a_bar_keeps_clear_of_what_is_closed_above_it():
    below, beside = (hour(0), hour(10), 3), (hour(5), hour(10), 3)
    shut = (hour(6), hour(8), 2)
    for pieces in stack([below, beside], LANES, HEIGHT, [shut]):
        assert all(piece.y >= TOP + 2 * HEIGHT / LANES for piece in pieces)


def test_where_no_lanes_adjoin_the_bar_comes_in_two_pieces():
    spans = [(hour(0), hour(2), 2), (hour(0), hour(9), 4), (hour(0), hour(9), 1), (hour(0), hour(2), 1)]
    spans.append((hour(3), hour(6), 3))
    assert len(stack(spans, LANES, HEIGHT)[-1]) == 2


def test_lines_without_a_gpu_lie_above_each_other_at_one_time():
    first, second = stack([(hour(0), hour(2), 0), (hour(1), hour(3), 0)], LANES, HEIGHT)
    assert not touch(first, second)


def test_the_shortest_bar_is_seen_inside_the_window():
    month = Window(START, START + timedelta(days=31))
    x, width = month.bar(month.end - timedelta(minutes=5), month.end)
    share = geometry.LEAST / month.wide * 100
    assert float(width[:-1]) == pytest.approx(share, abs=0.01)
    assert float(x[:-1]) + float(width[:-1]) == pytest.approx(100, abs=0.02)


@pytest.mark.parametrize(("gpus", "pixels"), [(1, 30), (2, 30), (4, 52), (8, 56), (12, 56), (24, 96), (100, 160)])
def test_many_gpus_get_a_taller_room(gpus, pixels):
    assert geometry.room_height(gpus) == pixels
