"""The worked examples of the lateness rules, and by chance: not before the last look, not after the receipt."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitsync.queries import student_summaries
from gitsync.rules.lateness import is_unproven, late_time
from gitsync.tests.school import COURSE, commit, register, watch
from gitsync.values import NO_DATE, ExerciseRequest


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-03-02T{text}+00:00").timestamp())


NOON = at("12:00")
MONDAY = at("12:00") - 5 * 86_400
IN_2037 = int(datetime(2037, 1, 1, tzinfo=UTC).timestamp())
EXAMPLES = [  # dated, seen_after, seen_by -> counts as, on time, unproven
    pytest.param(MONDAY, at("11:45"), at("12:05"), at("11:45"), True, True, id="pushed 12:03, dated Monday"),
    pytest.param(MONDAY, at("12:05"), at("12:20"), at("12:05"), False, False, id="pushed 12:10, dated Monday"),
    pytest.param(at("13:50"), at("11:45"), at("11:50"), at("11:50"), True, False, id="clock ahead, hook 11:50"),
    pytest.param(IN_2037, None, at("11:00"), at("11:00"), True, False, id="first import, dated 2037"),
    pytest.param(IN_2037, None, at("12:01"), at("12:01"), False, False, id="first import after noon, dated 2037"),
    pytest.param(NOON, None, at("15:00"), NOON, True, False, id="at the very second"),
    pytest.param(NOON + 1, None, at("15:00"), NOON + 1, False, False, id="a second later"),
    pytest.param(at("12:04"), at("11:45"), at("12:05"), at("12:04"), False, False, id="late by its own date"),
]  # fmt: skip


@pytest.mark.parametrize(("dated", "seen_after", "seen_by", "counts_as", "on_time", "unproven"), EXAMPLES)
def test_a_commit_counts_as_handed_in(dated, seen_after, seen_by, counts_as, on_time, unproven):
    assert late_time(dated, seen_after, seen_by) == counts_as
    assert (counts_as <= NOON) == on_time
    assert is_unproven(dated, seen_after, seen_by, NOON) == unproven


@pytest.mark.django_db
@pytest.mark.parametrize(("dated", "seen_after", "seen_by", "counts_as", "on_time", "unproven"), EXAMPLES)
def test_the_question_answers_by_that(dated, seen_after, seen_by, counts_as, on_time, unproven):
    watch("/tp1", keywords="TP1")
    counts_as = late_time(dated, seen_after, seen_by)
    commit(register(), "TP1", at=dated, late_time=counts_as, seen_after=seen_after, seen_by=seen_by)
    asked = ExerciseRequest(COURSE, "01", "/tp1", NOON)
    assert student_summaries.late_students(asked, NOON)["studentIds"] == []  # nobody is late before it is over
    assert student_summaries.late_students(asked, NOON + 1)["studentIds"] == ([] if on_time else ["1234500"])
    (summary,) = student_summaries.student_summaries(asked)["summaries"]
    assert summary["exerciseCompletedBeforeDeadline"] == on_time
    assert summary.get("unproven", False) == unproven
    (open_ended,) = student_summaries.student_summaries(replace(asked, deadline=NO_DATE))["summaries"]
    assert "unproven" not in open_ended


times = st.integers(-(2**62), 2**62)


@given(times, st.none() | times, times)
def test_never_after_the_receipt_and_never_before_a_look_without_it(dated, seen_after, seen_by):
    counts_as = late_time(dated, seen_after, seen_by)
    assert counts_as <= seen_by
    assert counts_as >= min(seen_by, dated if seen_after is None else seen_after)
    assert late_time(dated, seen_after, seen_by + 1) >= counts_as  # an earlier receipt never makes it later
