"""The times that a sync stores for commits: the worked examples, with a deadline at 12:00."""

from datetime import UTC, datetime

import pytest

from gitsync.models import Commit, Delivery
from gitsync.tests import builders
from kernel.epoch import to_epoch

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def at(text):
    """Return the epoch seconds of this time of 2 March 2026, in UTC."""
    return to_epoch(datetime.fromisoformat(f"2026-03-02T{text}+00:00"))


def push_commit(work, committed):
    sha = work.commit("late?", at=committed, x=str(committed))
    work.push()
    return sha


@pytest.fixture
def clock(work, registration, time_machine):
    """A clock at 11:45, when the repository was read for the first time."""
    time_machine.move_to(datetime(2026, 3, 2, 11, 45, tzinfo=UTC), tick=False)
    builders.sync_now(registration)
    return time_machine


def test_a_commit_pushed_between_two_reads_and_dated_monday(clock, work, registration):
    sha = push_commit(work, at("09:00"))
    clock.move_to(datetime(2026, 3, 2, 12, 5, tzinfo=UTC), tick=False)
    builders.sync_now(registration)
    commit = Commit.objects.get(sha=sha)
    assert (commit.seen_after, commit.seen_by, commit.late_time) == (at("11:45"), at("12:05"), at("11:45"))


def test_a_commit_pushed_after_a_read_without_it_and_dated_monday(clock, work, registration):
    clock.move_to(datetime(2026, 3, 2, 12, 5, tzinfo=UTC), tick=False)
    builders.sync_now(registration)
    sha = push_commit(work, at("09:00"))
    clock.move_to(datetime(2026, 3, 2, 12, 20, tzinfo=UTC), tick=False)
    builders.sync_now(registration)
    assert Commit.objects.get(sha=sha).late_time == at("12:05")


def test_a_hook_before_the_read_is_the_moment_when_commits_were_seen(clock, work, registration):
    first = push_commit(work, at("13:50"))
    second = push_commit(work, at("13:51"))
    for number, received in enumerate((at("11:50"), at("11:55"))):
        Delivery.objects.create(
            repository=registration.repository,
            delivery_hash=str(number),
            received_at=received,
            forge="github",
            after=second,
        )
    clock.move_to(datetime(2026, 3, 2, 12, 10, tzinfo=UTC), tick=False)
    builders.sync_now(registration)
    assert {Commit.objects.get(sha=sha).late_time for sha in (first, second)} == {at("11:50")}


def test_a_failed_read_does_not_count(clock, work, registration):
    work.bare.rename(work.bare.with_name("away.git"))
    clock.move_to(datetime(2026, 3, 2, 11, 55, tzinfo=UTC), tick=False)
    builders.sync_now(registration)
    work.bare.with_name("away.git").rename(work.bare)
    sha = push_commit(work, at("09:00"))
    clock.move_to(datetime(2026, 3, 2, 12, 5, tzinfo=UTC), tick=False)
    builders.sync_now(registration)
    assert Commit.objects.get(sha=sha).seen_after == at("11:45")


def test_a_future_date_counts_from_the_moment_of_the_first_import(work, registration, time_machine):
    sha = push_commit(work, at("12:00") + 11 * 365 * 86_400)
    time_machine.move_to(datetime(2026, 3, 2, 12, 0, tzinfo=UTC), tick=False)
    builders.sync_now(registration)
    commit = Commit.objects.get(sha=sha)
    assert (commit.seen_after, commit.late_time) == (None, at("12:00"))


def test_a_commit_on_a_side_branch_was_seen_when_that_branch_was_read(clock, work, registration):
    work.git("checkout", "-q", "-b", "dev")
    sha = push_commit(work, at("11:46"))
    clock.move_to(datetime(2026, 3, 2, 11, 50, tzinfo=UTC), tick=False)
    builders.sync_now(registration)
    assert not Commit.objects.get(sha=sha).reachable
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "--ff-only", "dev")
    work.push()
    clock.move_to(datetime(2026, 3, 2, 12, 10, tzinfo=UTC), tick=False)
    builders.sync_now(registration)
    commit = Commit.objects.get(sha=sha)
    assert (commit.reachable, commit.seen_by) == (True, at("11:50"))
