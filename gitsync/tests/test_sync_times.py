"""The times that a sync stores for commits: the worked examples, with a deadline at 12:00."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gitsync.git.commit_order import CommitOrder
from gitsync.git.history import History
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


def move(clock, text):
    clock.move_to(datetime.fromisoformat(f"2026-03-02T{text}+00:00"), tick=False)


def hook(registration, after, received, number=0):
    Delivery.objects.create(
        repository=registration.repository,
        delivery_hash=f"{number}{received}{after}",
        received_at=at(received),
        forge="github",
        after=after,
    )


@pytest.mark.parametrize(
    ("received", "read", "late_time", "unconfirmed"),
    [
        ("11:50", "11:52", "11:50", None),
        ("11:50", "12:00", "11:50", None),
        ("11:50", "12:10", "12:10", "11:50"),  # nobody looked within ten minutes: it moves no time
        ("11:45", "11:50", "11:50", None),  # in the second of a read without the commit
        ("11:44", "11:50", "11:50", None),  # before it
    ],
)
def test_a_hook_counts_when_the_next_read_soon_shows_the_commit(
    clock, work, registration, received, read, late_time, unconfirmed
):
    first = push_commit(work, at("13:50"))
    second = push_commit(work, at("13:51"))
    hook(registration, second, received)
    move(clock, read)
    builders.sync_now(registration)
    rows = Commit.objects.filter(sha__in=(first, second))  # a hook announces all commits that it reaches
    expected = (at(late_time), at(unconfirmed) if unconfirmed else None)
    assert set(rows.values_list("late_time", "unconfirmed_receipt")) == {expected}


def test_a_hook_that_is_sent_before_the_push_moves_no_time(clock, work, registration):
    sha = work.commit("TP1", at=at("09:00"), x="late")
    hook(registration, sha, "11:58")
    move(clock, "11:58")
    builders.sync_now(registration)  # the hook starts a read, which does not find the commit
    move(clock, "12:04")
    work.push()
    builders.sync_now(registration)
    commit = Commit.objects.get(sha=sha)
    assert (commit.seen_after, commit.seen_by, commit.unconfirmed_receipt) == (at("11:58"), at("12:04"), None)


def test_the_earliest_receipt_counts_and_a_redelivery_moves_nothing_later(clock, work, registration):
    sha = push_commit(work, at("13:50"))
    for number, received in enumerate(("11:50", "11:55")):
        hook(registration, sha, received, number)
    move(clock, "11:56")
    builders.sync_now(registration)
    assert Commit.objects.get(sha=sha).late_time == at("11:50")


def test_many_announced_commits_cost_one_walk(clock, work, registration, monkeypatch):
    """A forge sends a hook for each push. A walk for each of them would be quadratic."""
    shas = [work.commit(f"c{number}", at=at("13:50") + number, x=str(number)) for number in range(12)]
    work.push()
    for number, sha in enumerate(shas):
        hook(registration, sha, f"11:{46 + number % 8}", number)
    walks, parents = [], []
    walk, read = CommitOrder.walk, History.parents
    monkeypatch.setattr(CommitOrder, "walk", lambda order, *arguments: walks.append(1) or walk(order, *arguments))
    monkeypatch.setattr(History, "parents", lambda history, sha: parents.append(sha) or read(history, sha))
    move(clock, "11:54")
    builders.sync_now(registration)
    assert len(walks) <= 2, "the new commits, and those that the branch has gained"
    assert sorted(parents) == sorted(shas), "each new commit once"
    earliest = [min(at(f"11:{46 + number % 8}") for number in range(first, 12)) for first in range(12)]
    assert [Commit.objects.get(sha=sha).seen_by for sha in shas] == earliest


def test_a_hook_announces_what_it_reaches_over_merges_and_nothing_else(clock, work, registration):
    base = work.commit("base", at=at("13:50"), base="1")
    work.git("checkout", "-q", "-b", "side")
    side = work.commit("side", at=at("13:51"), side="1")
    work.git("checkout", "-q", "main")
    own = work.commit("main", at=at("13:52"), main="1")
    work.clock = at("13:53")
    work.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    merge = work.head()
    last = work.commit("last", at=at("13:54"), last="1")
    work.push("origin", "main", "side")
    hook(registration, side, "11:47")
    hook(registration, merge, "11:49")
    move(clock, "11:52")
    builders.sync_now(registration)
    seen = dict(Commit.objects.values_list("sha", "seen_by"))
    expected = {base: "11:47", side: "11:47", own: "11:49", merge: "11:49", last: "11:52"}
    assert {sha: seen[sha] for sha in expected} == {sha: at(time) for sha, time in expected.items()}


def test_only_hooks_since_the_last_read_are_read(clock, work, registration):
    sha = push_commit(work, at("11:46"))
    for number in range(20):
        hook(registration, sha, "11:30", number)  # months of hooks, all read long ago
    move(clock, "11:50")
    with CaptureQueriesContext(connection) as queries:
        builders.sync_now(registration)
    (statement,) = [query["sql"] for query in queries if "gitsync_delivery" in query["sql"]]
    assert str(at("11:45")) in statement  # the bound of the last read


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
