"""The sweep compared with brute force over every minute."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from farm.rules.availability import Load, Share, cut, earliest_fit, first_gap, first_shortage, least, profile

ORIGIN = datetime(2030, 1, 7, tzinfo=UTC)
LENGTH = 24  # instants of the window


def at(minute):
    return ORIGIN + timedelta(minutes=minute)


spans = st.tuples(st.integers(-6, LENGTH + 6), st.integers(1, 12))
loads = st.lists(
    st.builds(
        lambda span, gpus, memory: Load(at(span[0]), at(span[0] + span[1]), gpus, memory),
        spans,
        st.integers(0, 5),
        st.integers(0, 9),
    ),
    max_size=8,
)
shares = st.builds(Share, st.integers(0, 12), st.integers(0, 16))


def free_at(minute, capacity, taken, closed):
    def total(group, index):
        return sum(load[index] for load in group if load.start <= at(minute) < load.end)

    return Share(
        max(0, capacity.gpus - total(closed, 2)) - total(taken, 2),
        max(0, capacity.memory_gb - total(closed, 3)) - total(taken, 3),
    )


@given(shares, loads, loads)
def test_the_profile_is_the_free_share_at_every_instant(capacity, taken, closed):
    steps = profile(capacity, taken, closed, at(0), at(LENGTH))
    assert steps[0].start == at(0) and steps[-1].end == at(LENGTH)
    for before, after in itertools.pairwise(steps):
        assert before.end == after.start and before.free != after.free
    for minute in range(LENGTH):
        step = next(step for step in steps if step.start <= at(minute) < step.end)
        assert step.free == free_at(minute, capacity, taken, closed)


@given(shares, loads, loads, st.integers(0, LENGTH - 1), st.integers(1, LENGTH))
def test_a_part_of_a_profile_is_the_profile_of_that_part(capacity, taken, closed, first, length):
    start, end = at(first), at(min(LENGTH, first + length))
    whole = profile(capacity, taken, closed, at(0), at(LENGTH))
    assert cut(whole, start, end) == profile(capacity, taken, closed, start, end)


@given(shares, loads, loads)
def test_least_is_the_smallest_share_of_all_instants(capacity, taken, closed):
    every = [free_at(minute, capacity, taken, closed) for minute in range(LENGTH)]
    found = least(profile(capacity, taken, closed, at(0), at(LENGTH)))
    assert found == Share(min(free.gpus for free in every), min(free.memory_gb for free in every))


@given(shares, loads, loads, shares)
def test_the_first_shortage_is_the_first_stretch_that_does_not_fit(capacity, taken, closed, need):
    found = first_shortage(profile(capacity, taken, closed, at(0), at(LENGTH)), need)
    short = [m for m in range(LENGTH) if not free_at(m, capacity, taken, closed).covers(need)]
    if not short:
        assert found is None
        return
    stretch = [m for m in short if all(n in short for n in range(short[0], m))]
    assert (found.start, found.end) == (at(stretch[0]), at(stretch[-1] + 1))
    worst = [free_at(m, capacity, taken, closed).shortage(need) for m in stretch]
    assert found.missing == Share(max(s.gpus for s in worst), max(s.memory_gb for s in worst))


@given(shares, loads, loads, shares, st.integers(1, LENGTH), st.none() | st.integers(-3, LENGTH))
def test_the_earliest_fit_is_the_first_minute_that_fits(capacity, taken, closed, need, duration, after):
    steps = profile(capacity, taken, closed, at(0), at(LENGTH))
    found = earliest_fit(steps, need, timedelta(minutes=duration), None if after is None else at(after))
    fits = [
        minute
        for minute in range(max(0, after or 0), LENGTH - duration + 1)
        if all(free_at(m, capacity, taken, closed).covers(need) for m in range(minute, minute + duration))
    ]
    assert found == (at(fits[0]) if fits else None)


def test_back_to_back_loads_do_not_add_up():
    steps = profile(Share(12, 16), [Load(at(0), at(5), 6, 0), Load(at(5), at(9), 6, 0)], [], at(0), at(9))
    assert least(steps) == Share(6, 16)


def test_two_overlapping_closures_of_a_whole_machine_count_once():
    closed = [Load(at(0), at(9), 12, 16), Load(at(3), at(6), 12, 16)]
    assert least(profile(Share(12, 16), [], closed, at(0), at(9))) == Share(0, 0)


@given(shares, loads, loads, shares, st.integers(1, LENGTH))
def test_the_first_gap_is_the_earliest_fit_of_the_profile(capacity, taken, closed, need, duration):
    found = earliest_fit(profile(capacity, taken, closed, at(0), at(LENGTH)), need, timedelta(minutes=duration))
    ticks = [
        ((moment - at(0)) // timedelta(minutes=1), sign * load.gpus, sign * load.memory_gb, closes)
        for closes, group in enumerate((taken, closed))
        for load in group
        for moment, sign in ((load.start, 1), (load.end, -1))
    ]
    gap = first_gap(capacity, ticks, need, duration, 0, LENGTH)
    assert (None if gap is None else at(gap)) == found
