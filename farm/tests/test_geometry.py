"""The geometry of a row, by properties: bars that overlap in time never lie on the same pixels."""

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


def spans_of_size(least):
    pair = st.tuples(st.integers(0, 30), st.integers(1, 12), st.integers(least, LANES))
    return pair.map(lambda numbers: (hour(numbers[0]), hour(numbers[0] + numbers[1]), numbers[2]))


def accepted(spans):
    """Return the spans that the farm would have accepted, in this order."""
    held = []
    for span in spans:
        if peak([*held, span]) <= LANES:
            held.append(span)
    return held


def overlap(first, second):
    return first[0] < second[1] and first[1] > second[0]


def touch(pieces, others):
    return any(a.y < b.y + b.height - 1e-6 and b.y < a.y + a.height - 1e-6 for a in pieces for b in others)


@given(st.floats(0, 1), st.integers(280, 2000))
def test_the_label_of_the_time_now_stays_in_the_drawing_and_at_its_line(share, wide):
    shift, half = geometry.label_shift(share), geometry.LABEL / 2
    assert share * wide + shift - half >= -1e-6 and share * wide + shift + half <= wide + 1e-6
    assert abs(shift) <= half
    assert share < geometry.NEAR_EDGE or share > 1 - geometry.NEAR_EDGE or not shift


@given(st.lists(spans_of_size(1), max_size=25))
def test_no_two_bars_at_one_time_share_a_lane_within_capacity(spans):
    held = accepted(spans)
    bars = stack(held, LANES, HEIGHT)
    for (first, its), (second, theirs) in combinations(zip(held, bars, strict=True), 2):
        assert not (overlap(first, second) and touch(its, theirs))
    for span, pieces in zip(held, bars, strict=True):
        assert sum(piece.height for piece in pieces) == pytest.approx(span[2] * HEIGHT / LANES)
        assert all(piece.y >= TOP - 1e-6 and piece.y + piece.height <= TOP + HEIGHT + 1e-6 for piece in pieces)


@given(st.lists(spans_of_size(1), max_size=20))
def test_bars_beyond_capacity_are_all_visible(spans):
    bars = stack(spans, LANES, HEIGHT)
    for (first, its), (second, theirs) in combinations(zip(spans, bars, strict=True), 2):
        assert not (overlap(first, second) and touch(its, theirs))


@given(st.lists(spans_of_size(1), max_size=12), spans_of_size(1))
def test_a_closure_of_a_part_takes_no_bar_s_lanes_away(spans, closure):
    held = [span for span in accepted([closure, *spans]) if span is not closure]
    bars = stack(held, LANES, HEIGHT, [closure])
    for (first, its), (second, theirs) in combinations(zip(held, bars, strict=True), 2):
        assert not (overlap(first, second) and touch(its, theirs))


def test_a_bar_stays_below_a_closure():
    below, beside = (hour(0), hour(10), 3), (hour(5), hour(10), 3)
    closure = (hour(6), hour(8), 2)
    for pieces in stack([below, beside], LANES, HEIGHT, [closure]):
        assert all(piece.y >= TOP + 2 * HEIGHT / LANES for piece in pieces)


def test_a_bar_has_two_pieces_where_no_free_lanes_adjoin():
    spans = [(hour(0), hour(2), 2), (hour(0), hour(9), 4), (hour(0), hour(9), 1), (hour(0), hour(2), 1)]
    spans.append((hour(3), hour(6), 3))
    assert len(stack(spans, LANES, HEIGHT)[-1]) == 2


def test_bars_without_a_gpu_lie_one_above_the_other():
    first, second = stack([(hour(0), hour(2), 0), (hour(1), hour(3), 0)], LANES, HEIGHT)
    assert not touch(first, second)


def test_the_shortest_bar_is_visible_inside_the_window():
    month = Window(START, START + timedelta(days=31))
    x, width, _pixels = month.bar(month.end - timedelta(minutes=5), month.end)
    share = geometry.LEAST / month.wide * 100
    assert float(width[:-1]) == pytest.approx(share, abs=0.01)
    assert float(x[:-1]) + float(width[:-1]) == pytest.approx(100, abs=0.02)


@pytest.mark.parametrize(("gpus", "pixels"), [(1, 30), (2, 30), (4, 52), (8, 56), (12, 56), (24, 96), (100, 160)])
def test_a_machine_with_many_gpus_is_drawn_higher(gpus, pixels):
    assert geometry.room_height(gpus) == pixels
