"""The worked examples of the lateness rules, and random times."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitsync.queries import student_summaries
from gitsync.rules.lateness import CommitTimes, ReceiptEffect, is_unproven, late_time, receipt_effect
from gitsync.tests.synced_course import COURSE, commit, register, watch
from gitsync.values import NO_DATE, ExerciseRequest
from kernel.epoch import to_epoch


def at(text: str) -> int:
    """Return the epoch seconds of this time of 2 March 2026, in UTC."""
    return to_epoch(datetime.fromisoformat(f"2026-03-02T{text}+00:00"))


NOON = at("12:00")
MONDAY = at("12:00") - 5 * 86_400
IN_2037 = to_epoch(datetime(2037, 1, 1, tzinfo=UTC))
EXAMPLES = [  # dated, seen_after, seen_by, unconfirmed receipt -> counts as, on time, unproven
    pytest.param(MONDAY, at("11:45"), at("12:05"), None, at("11:45"), True, True, id="pushed 12:03, dated Monday"),
    pytest.param(MONDAY, at("12:05"), at("12:20"), None, at("12:05"), False, False, id="pushed 12:10, dated Monday"),
    pytest.param(at("13:50"), at("11:45"), at("11:50"), None, at("11:50"), True, False, id="clock ahead, hook 11:50"),
    pytest.param(
        at("13:50"), at("11:45"), at("12:10"), at("11:50"), at("12:10"), True, True, id="clock ahead, read at 12:10"
    ),
    pytest.param(
        at("13:50"), at("11:55"), at("12:10"), at("11:50"), at("12:10"), False, False, id="a read lacked it"
    ),
    pytest.param(at("13:50"), None, at("12:10"), at("12:01"), at("12:10"), False, False, id="a receipt after noon"),
    pytest.param(IN_2037, None, at("11:00"), None, at("11:00"), True, False, id="first import, dated 2037"),
    pytest.param(IN_2037, None, at("12:01"), None, at("12:01"), False, False, id="first import after noon, dated 2037"),
    pytest.param(MONDAY, None, at("11:00"), None, MONDAY, True, False, id="first import before noon, dated Monday"),
    pytest.param(MONDAY, None, at("15:00"), None, MONDAY, True, True, id="first import after noon, dated Monday"),
    pytest.param(NOON, None, at("15:00"), None, NOON, True, True, id="at the very second"),
    pytest.param(NOON, at("11:45"), NOON, None, NOON, True, False, id="seen at the very second"),
    pytest.param(NOON + 1, None, at("15:00"), None, NOON + 1, False, False, id="a second later"),
    pytest.param(at("12:04"), at("11:45"), at("12:05"), None, at("12:04"), False, False, id="late by its own date"),
]  # fmt: skip
NAMES = ("dated", "seen_after", "seen_by", "receipt", "counts_as", "on_time", "unproven")


@pytest.mark.parametrize(NAMES, EXAMPLES)
def test_the_lateness_time_of_a_commit(dated, seen_after, seen_by, receipt, counts_as, on_time, unproven):
    times = CommitTimes(dated, seen_after, seen_by, receipt)
    assert late_time(dated, seen_after, seen_by) == times.late_time == counts_as
    assert (times.claimed_time <= NOON) == on_time
    assert is_unproven(times.claimed_time, seen_by, NOON) == unproven


@pytest.mark.django_db
@pytest.mark.parametrize(NAMES, EXAMPLES)
def test_late_students_and_summaries_use_the_lateness_time(
    dated, seen_after, seen_by, receipt, counts_as, on_time, unproven
):
    watch("/tp1", keywords="TP1")
    seen = {"seen_after": seen_after, "seen_by": seen_by, "unconfirmed_receipt": receipt}
    commit(register(), "TP1", at=dated, late_time=counts_as, **seen)
    request = ExerciseRequest(COURSE, "01", "/tp1", NOON)
    assert student_summaries.late_students(request, NOON)["studentIds"] == []  # too early to be late
    assert student_summaries.late_students(request, NOON + 1)["studentIds"] == ([] if on_time else ["1234500"])
    (summary,) = student_summaries.student_summaries(request)["summaries"]
    assert summary["exerciseCompletedBeforeDeadline"] == on_time
    assert summary.get("unproven", False) == unproven
    (without_deadline,) = student_summaries.student_summaries(replace(request, deadline=NO_DATE))["summaries"]
    assert "unproven" not in without_deadline


@pytest.mark.django_db
def test_an_earlier_proof_of_the_same_exercise_proves_it():
    watch("/tp1", keywords="TP1")
    owner = register()
    commit(owner, "TP1", at=MONDAY, seen_after=None, seen_by=at("15:00"), late_time=MONDAY)
    commit(owner, "TP1 again", at=at("11:00"), seen_after=at("10:00"), seen_by=at("11:05"))
    (summary,) = student_summaries.student_summaries(ExerciseRequest(COURSE, "01", "/tp1", NOON))["summaries"]
    assert summary["exerciseCompletedBeforeDeadline"] and "unproven" not in summary


@pytest.mark.parametrize(
    ("received_at", "last_read", "read_began", "effect"),
    [
        pytest.param(at("11:50"), at("11:45"), at("11:52"), ReceiptEffect.COUNTS, id="read two minutes later"),
        pytest.param(at("11:50"), at("11:45"), at("12:00"), ReceiptEffect.COUNTS, id="read ten minutes later"),
        pytest.param(at("11:50"), at("11:45"), at("12:00") + 1, ReceiptEffect.UNCONFIRMED, id="read a second too late"),
        pytest.param(at("11:50"), None, at("11:51"), ReceiptEffect.COUNTS, id="before the first import"),
        pytest.param(at("11:50"), at("11:51"), at("11:52"), ReceiptEffect.IGNORED, id="a later read lacked it"),
        pytest.param(at("11:50"), at("11:50"), at("11:52"), ReceiptEffect.IGNORED, id="the read that it started"),
        pytest.param(at("11:53"), at("11:45"), at("11:52"), ReceiptEffect.IGNORED, id="after the read had begun"),
    ],
)  # fmt: skip
def test_a_receipt_counts_when_a_read_soon_after_it_shows_the_commit(received_at, last_read, read_began, effect):
    assert receipt_effect(received_at, last_read, read_began) == effect


times = st.integers(-(2**62), 2**62)


@given(times, st.none() | times, times)
def test_it_is_never_after_the_receipt_and_never_before_a_read_without_the_commit(dated, seen_after, seen_by):
    counts_as = late_time(dated, seen_after, seen_by)
    assert counts_as <= seen_by
    assert counts_as >= min(seen_by, dated if seen_after is None else seen_after)
    assert late_time(dated, seen_after, seen_by + 1) >= counts_as  # an earlier receipt never makes it later
