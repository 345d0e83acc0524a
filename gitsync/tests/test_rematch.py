"""Changed exercises: the rows of a fresh import, and events only for the differences."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from gitsync.domain import registrations
from gitsync.models import Completion, Match, OutboxEvent, Registration, Request
from gitsync.syncing.derived_rows import match_commits
from gitsync.syncing.rematch import rematch_course
from gitsync.tests.synced_course import COURSE, commit, register, watch

pytestmark = pytest.mark.django_db


def rematch() -> list[tuple[str, ...]]:
    """Re-match the course; return its events as (kind, exercise, completed)."""
    OutboxEvent.objects.all().delete()
    rematch_course(Registration.objects.first().course_id)
    rows = OutboxEvent.objects.filter(target="local").order_by("pk")
    keys = ("_C", "exercisePath", "exerciseCompleted")
    return [tuple(row.body[key] for key in keys if key in row.body) for row in rows]


def state() -> tuple[list, list]:
    matches = Match.objects.order_by("registration", "file").values_list(
        "registration", "file", "exercise_path", "reason", "candidates"
    )
    completions = Completion.objects.order_by("registration", "commit", "exercise_path")
    return list(matches), list(completions.values_list("registration", "commit", "exercise_path"))


@pytest.fixture
def owner():
    return register()


def test_without_changes_there_are_no_events(owner):
    watch("/tp1", keywords="TP 1")
    commit(owner, "TP 1", ["tp1/a"])
    assert rematch() == []


def test_a_new_exercise_gets_its_files_and_completion(owner):
    commit(owner, "TP 1", ["tp1/a"])
    watch("/tp1", keywords="TP 1")
    assert rematch() == [("OnExerciseCompletedUpdate", "/tp1", "True"), ("OnCommitModelUpdate",)]
    assert Match.objects.get().exercise_path == "/tp1"


def test_new_keywords_announce_lost_completions_before_new_ones(owner):
    watch("/a", keywords="TP 1")
    watch("/b", keywords="TP 2")
    commit(owner, "TP 1")
    watch("/a", keywords="TP 2")
    watch("/b", keywords="TP 1")
    assert rematch() == [
        ("OnExerciseCompletedUpdate", "/a", "False"),
        ("OnExerciseCompletedUpdate", "/b", "True"),
        ("OnCommitModelUpdate",),
    ]


def test_a_removed_exercise_loses_files_and_completion(owner):
    watch("/tp1", keywords="TP 1")
    commit(owner, "TP 1", ["tp1/a"])
    registrations.delete_exercise(COURSE, exercise_path="/tp1")
    assert rematch() == [("OnExerciseCompletedUpdate", "/tp1", "False"), ("OnCommitModelUpdate",)]
    assert not Completion.objects.exists()
    assert Match.objects.get().reason == "none"


def test_a_keyword_with_another_completing_commit_left_changes_only_the_list(owner):
    watch("/tp1", keywords="TP 1")
    commit(owner, "TP 1")
    commit(owner, "TP 1 fini")
    watch("/tp1", keywords="TP 1 fini")
    assert rematch() == [("OnCommitModelUpdate",)]
    assert Completion.objects.count() == 1


def test_unreachable_commits_are_matched_without_events(owner):
    commit(owner, "TP 1", ["tp1/a"], reachable=False)
    watch("/tp1", keywords="TP 1")
    assert rematch() == []
    assert Completion.objects.count() == Match.objects.filter(exercise_path="/tp1").count() == 1


def test_more_files_than_fit_into_one_statement_are_all_matched_again(owner, monkeypatch):
    monkeypatch.setattr("gitsync.syncing.derived_rows.KEYS", 2)
    commit(owner, "work", [f"tp1/{number}" for number in range(5)])
    watch("/tp1")
    rematch()
    assert Match.objects.filter(exercise_path="/tp1").count() == 5


def test_a_registration_without_an_announced_clone_gets_no_events(owner):
    commit(owner, "TP 1", ["tp1/a"])
    Registration.objects.update(announced=Registration.Announced.NOTHING)
    watch("/tp1", keywords="TP 1")
    assert rematch() == []


def test_only_the_changed_group_gets_events(owner):
    commit(owner, "x", ["tp1/a"])
    commit(register("2", group_id="02", repo_url="https://github.com/b/b"), "x", ["tp1/a"])
    watch("/tp1", group_id="02")
    assert rematch() == [("OnCommitModelUpdate",)]
    assert OutboxEvent.objects.first().body["studentId"] == "2"


def test_a_manual_correction_stays(owner):
    commit(owner, "x", ["tp1/a"])
    Match.objects.update(reason=Match.Reason.CORRECTED, exercise_path="/tp9")
    watch("/tp1")
    assert rematch() == []
    assert Match.objects.get().exercise_path == "/tp9"


def test_a_merge_completes_nothing_and_an_empty_commit_does(owner):
    watch("/tp1", keywords="TP 1")
    commit(owner, "TP 1", parents_count=2)
    assert not Completion.objects.exists()
    commit(owner, "TP 1", parents_count=1)
    assert Completion.objects.count() == 1


def test_matching_the_same_commits_twice_leaves_the_same_rows(owner):
    watch("/tp1", keywords="TP 1")
    created = commit(owner, "TP 1", ["tp1/a", "b"])
    before = state()
    match_commits(owner, [created])
    assert state() == before


def test_a_re_match_ends_the_messages_that_wait_for_it(owner):
    commit(owner, "x")
    watch("/tp1")
    request = Request.objects.get(kind="RegisterExercise")
    assert request.state == Request.State.PENDING
    rematch()
    request.refresh_from_db()
    assert (request.state, request.error) == (Request.State.DONE, "")


def test_a_re_match_takes_the_same_few_queries_for_1_and_for_30_commits(owner, assert_flat):
    watch("/tp1", keywords="TP 1")
    commit(owner, "TP 1", ["tp1/a"])
    assert_flat(rematch, lambda: [commit(owner, "TP 1", ["tp1/a", "b"]) for _ in range(29)], limit=20)


class RandomChanges(TestCase):
    folders = st.sampled_from(["/tp1", "/tp2", "/travail1", "/"])
    changes = st.lists(
        st.tuples(
            st.sampled_from(["/a", "/b", "/c"]),
            st.sampled_from(["", "01", "02"]),
            folders,
            st.sampled_from(["", "TP 1", "TP"]),
            st.booleans(),
        ),
        max_size=6,
    )

    @given(changes)
    @settings(max_examples=40, deadline=None)
    def test_any_changes_give_the_rows_of_a_fresh_import(self, changes):
        owner = register()
        commits = [commit(owner, "TP 1", ["tp1/a", "x/tp2/b", "c"]), commit(owner, "TP1 et TP", ["travail1/tp1/z"])]
        for path, group_id, folder, keywords, keep in changes:
            watch(path, group_id=group_id, folder=folder, keywords=keywords)
            rematch()
            if not keep:
                registrations.delete_exercise(COURSE, group_id=group_id, exercise_path=path)
        rematch()
        after = state()
        Match.objects.all().delete()
        Completion.objects.all().delete()
        match_commits(owner, commits)
        assert state() == after
