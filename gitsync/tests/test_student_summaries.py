"""GetLateStudents and GetStudentSummaries: who is late or done, and SQL queries."""

import pytest

from gitsync.models import Commit, Completion
from gitsync.queries import student_summaries
from gitsync.syncing.rematch import rematch_registration
from gitsync.tests.synced_course import COURSE, NOON, commit, register, watch
from gitsync.values import ExerciseRequest

pytestmark = pytest.mark.django_db
HOUR = 3600
DEADLINE = NOON


def request(**values) -> ExerciseRequest:
    return ExerciseRequest(COURSE, **{"group_id": "01", "exercise_path": "/tp1", "deadline": DEADLINE, **values})


def late(now: int = NOON + 24 * HOUR, **values) -> list[str]:
    return student_summaries.late_students(request(**values), now)["studentIds"]


def summary(student_id: str = "1234500", **values) -> tuple[int, int, bool, bool]:
    summaries = student_summaries.student_summaries(request(**values))["summaries"]
    row = next(row for row in summaries if row["studentId"] == student_id)
    return (
        row["lastCommitBeforeDealine"],
        row["lastCommitAfterDealine"],
        row["exerciseCompleted"],
        row["exerciseCompletedBeforeDeadline"],
    )


@pytest.fixture
def owner():
    watch("/tp1", keywords="TP 1")
    return register()


def test_the_very_second_of_the_deadline_is_on_time(owner):
    commit(owner, "TP 1", at=DEADLINE)
    assert late() == []
    assert summary() == (DEADLINE, 0, True, True)


def test_a_second_after_the_deadline_is_late(owner):
    commit(owner, "TP 1", at=DEADLINE + 1)
    assert late() == ["1234500"]
    assert summary() == (0, DEADLINE + 1, True, False)


@pytest.mark.parametrize(
    ("dated", "late_time", "is_late"),
    [
        # deadline 12:00, polls at 11:45 and 12:05; the lateness time is what the sync stored
        (DEADLINE - 4 * 24 * HOUR, DEADLINE - 900, False),  # pushed 12:03 and dated Monday: on time, unproven
        (DEADLINE - 4 * 24 * HOUR, DEADLINE + 300, True),  # pushed 12:10 and dated Monday
        (DEADLINE + 2 * HOUR, DEADLINE - 600, False),  # clock two hours ahead, hook at 11:50
        (2_114_380_800, DEADLINE - HOUR, False),  # a first import dated 2037: the time of the import
    ],
)
def test_lateness_depends_on_the_lateness_time_and_not_on_the_date(owner, dated, late_time, is_late):
    commit(owner, "TP 1", at=dated, late_time=late_time)
    assert late() == (["1234500"] if is_late else [])
    assert summary()[2:] == (True, not is_late)


def test_completing_again_later_changes_nothing(owner):
    commit(owner, "TP 1", at=DEADLINE - 10)
    commit(owner, "TP 1 again", at=DEADLINE + 10)
    assert late() == []
    assert summary() == (DEADLINE - 10, DEADLINE + 10, True, True)


def test_a_rebase_after_the_deadline_changes_nothing(owner):
    commit(owner, "TP 1", at=DEADLINE - 10, reachable=False)
    commit(owner, "TP 1", at=DEADLINE - 10, late_time=DEADLINE + 10)
    assert late() == []
    assert summary()[2:] == (True, True)


def test_removing_the_completing_commit_makes_late(owner):
    commit(owner, "TP 1", at=DEADLINE - 10, reachable=False)
    assert late() == ["1234500"]
    assert summary() == (DEADLINE - 10, 0, False, False)


def test_work_without_completion_is_late_and_shown(owner):
    commit(owner, "start", ["tp1/a"], at=DEADLINE - 10)
    commit(owner, "more", ["tp1/a"], at=DEADLINE + 10)
    commit(owner, "elsewhere", ["b"], at=DEADLINE + 20)
    assert late() == ["1234500"]
    assert summary() == (DEADLINE - 10, DEADLINE + 10, False, False)


def test_before_the_deadline_nobody_is_late(owner):
    assert late(now=DEADLINE) == []
    assert late(now=DEADLINE + 1) == ["1234500"]
    assert late(deadline=-1) == []


def test_without_a_deadline_completed_is_completed(owner):
    commit(owner, "TP 1", at=NOON + 5)
    assert summary(deadline=-1) == (NOON + 5, 0, True, True)


def test_only_students_of_the_requested_group_sorted_and_each_once(owner):
    register("b", group_id="01", repo_url="https://github.com/b/b")
    register("b", group_id="01", repo_path="/2", repo_url="https://github.com/b/b2")
    register("A", group_id="01", repo_url="https://github.com/a/a")
    register("other", group_id="02", repo_url="https://github.com/o/o")
    assert late() == ["1234500", "A", "b"]
    assert late(group_id="02") == ["other"]
    assert late(group_id="") == ["1234500", "A", "b", "other"]
    assert late(group_id="03") == []


def test_a_completion_in_either_of_two_repositories_counts(owner):
    commit(register(repo_path="/second", repo_url="https://github.com/b/b2"), "TP 1", at=DEADLINE)
    assert late() == []
    assert Completion.objects.count() == 1


def test_an_exercise_watched_later_judges_the_same(owner):
    commit(owner, "TP 2", ["tp2/a"], at=DEADLINE)
    assert late(exercise_path="/tp2") == ["1234500"]
    watch("/tp2", keywords="TP 2")
    rematch_registration(owner)
    assert late(exercise_path="/tp2") == []


@pytest.mark.parametrize("read", [late, lambda: student_summaries.student_summaries(request())])
def test_a_class_takes_the_same_few_queries_for_1_and_for_30_students(owner, read, assert_flat):
    commit(owner, "TP 1", ["tp1/a"])

    def grow():
        for number in range(29):
            other = register(f"s{number:02}", repo_url=f"https://github.com/s/{number}")
            commit(other, "TP 1", ["tp1/a"])

    assert_flat(read, grow, limit=3)
    assert Commit.objects.count() == 30


def test_a_registration_made_between_two_queries_is_left_out(owner, monkeypatch):
    text_hash = student_summaries.text_hash

    def register_meanwhile(path):
        commit(register("late-comer"), "TP 1", ["tp1/a"])
        return text_hash(path)

    monkeypatch.setattr(student_summaries, "text_hash", register_meanwhile)
    summaries = student_summaries.student_summaries(request())["summaries"]
    assert [row["studentId"] for row in summaries] == ["1234500"]
