"""After exercises change: the rows of a fresh import, and events for the differences alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from gitsync.domain import registrations
from gitsync.models import Completion, Match, OutboxEvent, Registration, Request
from gitsync.syncing.rematch import match_commits, rematch_course
from gitsync.tests.school import COURSE, commit, register, watch

pytestmark = pytest.mark.django_db


def rematch() -> list[tuple[str, ...]]:
    """The events that a re-match of the course tells, as (kind, exercise, completed)."""
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


def test_nothing_changed_tells_nothing(owner):
    watch("/tp1", keywords="TP 1")
    commit(owner, "TP 1", ["tp1/a"])
    assert rematch() == []


def test_a_new_exercise_takes_files_and_completion(owner):
    commit(owner, "TP 1", ["tp1/a"])
    watch("/tp1", keywords="TP 1")
    assert rematch() == [("OnExerciseCompletedUpdate", "/tp1", "True"), ("OnCommitModelUpdate",)]
    assert Match.objects.get().exercise_path == "/tp1"


def test_other_keywords_tell_what_was_lost_before_what_was_won(owner):
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


def test_a_removed_exercise_lets_go_of_all(owner):
    watch("/tp1", keywords="TP 1")
    commit(owner, "TP 1", ["tp1/a"])
    registrations.delete_exercise(COURSE, exercise_path="/tp1")
    assert rematch() == [("OnExerciseCompletedUpdate", "/tp1", "False"), ("OnCommitModelUpdate",)]
    assert not Completion.objects.exists()
    assert Match.objects.get().reason == "none"


def test_a_keyword_that_another_commit_has_too_changes_the_list_and_no_status(owner):
    watch("/tp1", keywords="TP 1")
    commit(owner, "TP 1")
    commit(owner, "TP 1 fini")
    watch("/tp1", keywords="TP 1 fini")
    assert rematch() == [("OnCommitModelUpdate",)]
    assert Completion.objects.count() == 1


def test_what_the_branch_holds_no_more_is_matched_and_not_told(owner):
    commit(owner, "TP 1", ["tp1/a"], reachable=False)
    watch("/tp1", keywords="TP 1")
    assert rematch() == []
    assert Completion.objects.count() == Match.objects.filter(exercise_path="/tp1").count() == 1


def test_more_files_than_one_statement_names_are_all_matched_anew(owner, monkeypatch):
    monkeypatch.setattr("gitsync.syncing.rematch.KEYS", 2)
    commit(owner, "work", [f"tp1/{number}" for number in range(5)])
    watch("/tp1")
    rematch()
    assert Match.objects.filter(exercise_path="/tp1").count() == 5


def test_a_registration_that_heard_nothing_yet_hears_nothing(owner):
    commit(owner, "TP 1", ["tp1/a"])
    Registration.objects.update(announced=Registration.Announced.NOTHING)
    watch("/tp1", keywords="TP 1")
    assert rematch() == []


def test_only_the_group_concerned_is_told(owner):
    commit(owner, "x", ["tp1/a"])
    commit(register("2", group_id="02", repo_url="https://github.com/b/b"), "x", ["tp1/a"])
    watch("/tp1", group_id="02")
    assert rematch() == [("OnCommitModelUpdate",)]
    assert OutboxEvent.objects.first().body["studentId"] == "2"


def test_a_correction_by_hand_stays(owner):
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
    made = commit(owner, "TP 1", ["tp1/a", "b"])
    before = state()
    match_commits(owner, [made])
    assert state() == before


def test_the_messages_behind_a_re_match_are_done_with_it(owner):
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


class AnyOrderOfChanges(TestCase):
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
    def test_any_changes_end_in_the_rows_of_a_fresh_import(self, changes):
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
