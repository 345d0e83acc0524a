"""Marks of completions for the teacher: outside the folder, reverted; and texts changed after the deadline."""

import re
from datetime import timedelta

import pytest

from courses.domain import answers, counted_completions
from courses.models import Activity
from courses.pages.completion_marks import reverted_commits
from courses.tests.conftest import DEADLINE, REPOSITORY_URL, commit

pytestmark = pytest.mark.django_db
EXERCISE = "/tp1/exercice1"
BEFORE = DEADLINE - timedelta(days=1)


@pytest.fixture
def push(school, send_event, clock):
    """`push(*commits)` sends commits of alice, and that they complete the exercise."""
    send_event("OnClone", repoUrl=REPOSITORY_URL.format("alice"), repoPath="/depot")

    def send(*commits):
        send_event("OnNewCommits", repoPath="/depot", commits=list(commits))
        send_event("OnExerciseCompleted", exercisePath=EXERCISE, lateTime=int(BEFORE.timestamp()))

    return send


def summary(school, api_of):
    api = api_of(school.course.teacher)
    (row,) = api.get(f"/api/v1/courses/{school.course.pk}/tasks/{school.first.pk}/summaries?username=alice").json()[
        "results"
    ]
    return row["outside_folder"], row["reverted"]


def pages_of(school, client_of):
    teacher, course = client_of(school.course.teacher), f"/courses/{school.course.pk}/"
    addresses = (f"{course}tasks/{school.first.pk}/", f"{course}students/alice/")
    return [" ".join(teacher.get(address).content.decode().split()) for address in addresses]


@pytest.mark.parametrize(
    ("efforts", "is_outside"),
    [
        ([("/", 5)], True),
        ([("/tp1/exercice2", 5)], True),
        ([("/", 5), (EXERCISE, 1)], False),
        ([], False),  # an empty commit may complete
    ],
)
def test_a_completion_outside_its_folder_is_marked(school, push, api_of, client_of, efforts, is_outside):
    push(commit("a" * 40, BEFORE, *efforts, completes=EXERCISE))
    assert summary(school, api_of) == (is_outside, False)
    assert [("outside its folder" in page) for page in pages_of(school, client_of)] == [is_outside] * 2


def test_a_second_completion_in_the_folder_ends_the_mark(school, push, api_of):
    push(
        commit("a" * 40, BEFORE, ("/", 5), completes=EXERCISE),
        commit("b" * 40, BEFORE, (EXERCISE, 5), completes=EXERCISE),
    )
    assert summary(school, api_of) == (False, False)


def test_a_completion_that_another_commit_reverts_is_marked(school, push, api_of, client_of):
    done = commit("a" * 40, BEFORE, (EXERCISE, 5), completes=EXERCISE)
    revert = commit("b" * 40, BEFORE + timedelta(hours=1), (EXERCISE, 5), completes=EXERCISE, reverts="a" * 40)
    push(done, revert)
    assert summary(school, api_of) == (False, True)
    task_page, student_page = pages_of(school, client_of)
    assert "reverted by another commit" in task_page
    assert "reverted by bbbbbbbb" in student_page
    push(commit("c" * 40, BEFORE + timedelta(hours=2), (EXERCISE, 5), reverts="b" * 40))  # git revert of the revert
    assert summary(school, api_of) == (False, False)


@pytest.mark.parametrize(
    ("reverts", "reverted"),
    [
        ({"b": "a"}, {"a": "b"}),
        ({"b": "a", "c": "b"}, {"b": "c"}),
        ({"b": "a", "c": "b", "d": "c"}, {"a": "b", "c": "d"}),
        ({"b": "a", "c": "a"}, {"a": "b"}),
        ({"a": "a"}, {}),
        ({"a": "b", "b": "a"}, None),  # no real history has a cycle: any result is right, but there must be one
        ({}, {}),
    ],
)
def test_a_reverted_commit_reverts_nothing(reverts, reverted):
    found = reverted_commits(reverts)
    assert reverted is None or found == reverted


def test_a_chain_of_thousands_of_reverts_gives_an_answer():
    chain = {str(number + 1): str(number) for number in range(20_000)}
    assert "0" not in reverted_commits(chain)  # the last one counts, so every second one is reverted
    assert len(reverted_commits(chain)) == 10_000
    assert reverted_commits({str(number): "a" for number in range(20_000)}) == {"a": "0"}


def test_work_that_a_rewrite_replaced_after_the_deadline_is_told(school, push, clock, client_of):
    done = commit("a" * 40, BEFORE, (EXERCISE, 5), completes=EXERCISE)
    push(done)
    clock.move_to(DEADLINE + timedelta(hours=3))
    late = commit("b" * 40, DEADLINE + timedelta(hours=2), (EXERCISE, 50), completes=EXERCISE)
    push(late)
    assert not any("replaced" in page for page in pages_of(school, client_of)), "the first work is still there"
    Activity.objects.filter(commit_id="a" * 40).delete()  # as after OnCommitModelUpdate: a forced push lost it
    task_page, student_page = pages_of(school, client_of)
    assert "Done on time" in student_page
    assert re.search(r"replaced after the deadline, <time[^>]*>02:00<", task_page)
    assert re.search(r"a rewrite replaced that work after the deadline, <time[^>]*>02:00<", student_page)


def test_work_that_is_late_or_that_a_teacher_counts_is_not_called_replaced(school, push, clock, client_of, send_event):
    push(commit("a" * 40, BEFORE, (EXERCISE, 5), completes=EXERCISE))
    Activity.objects.all().delete()
    lost = {"exercisePath": EXERCISE, "exerciseCompleted": "False", "lateTime": int(BEFORE.timestamp())}
    send_event("OnExerciseCompletedUpdate", **lost, reason="rewritten")
    counted_completions.count_completion(school.course.teacher, school.first, school.alice)
    clock.move_to(DEADLINE + timedelta(hours=3))
    late = commit("b" * 40, DEADLINE + timedelta(hours=2), (EXERCISE, 50), completes=EXERCISE)
    send_event("OnNewCommits", repoPath="/depot", commits=[late])
    assert not any("replaced" in page for page in pages_of(school, client_of))


def test_a_text_changed_after_the_deadline_is_marked(school, essay, clock, client_of, api_of):
    answers.give_answer(school.alice.person, school.alice, essay, text="In time")
    clock.move_to(DEADLINE + timedelta(hours=1))
    answers.give_answer(school.alice.person, school.alice, essay, text="Changed late")
    teacher, course = client_of(school.course.teacher), f"/courses/{school.course.pk}/"
    for address in (f"{course}tasks/{essay.pk}/", f"{course}students/alice/"):
        assert "after the deadline" in teacher.get(address).content.decode()
    api = api_of(school.course.teacher)
    summaries = f"/api/v1/courses/{school.course.pk}/tasks/{essay.pk}/summaries"
    (row, _bob) = api.get(summaries).json()["results"]
    assert row["changed_late"].startswith("2026-11-02T00:00")
