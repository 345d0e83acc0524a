"""A class in memory misses no change, in whatever order clocks, threads and commits come."""

from datetime import timedelta

import pytest
from django.utils import timezone

from courses.domain import answers, courses, replay, roster
from courses.models import Course, Progress, StudentRepository
from courses.pages import live_class
from courses.pages.matrix import build_changed_rows, build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.tests.conftest import DEADLINE, complete_exercise
from live.models import Change

pytestmark = pytest.mark.django_db


@pytest.fixture
def status_of(school, essay):
    """`status_of(enrolment)` returns the key of the essay's status, as the class in memory has it."""

    def read(enrolment):
        current = live_class.live_class(school.course, timezone.now())
        return current.students[enrolment.pk].keys[[node.task.pk for node in current.nodes].index(essay.pk)]

    return read


def give(enrolment, essay):
    answers.give_answer(enrolment.person, enrolment, essay, text="Done")


def test_a_change_of_a_long_transaction_is_read(school, essay, status_of, clock):
    assert status_of(school.bob) == "todo"
    clock.shift(600)
    status_of(school.bob)
    give(school.bob, essay)
    Change.objects.update(at=timezone.now() - timedelta(minutes=5))
    assert status_of(school.bob) == "done"


def test_a_class_that_was_read_while_the_clock_was_ahead_is_read_again(school, essay, status_of, clock):
    clock.shift(timedelta(days=1))
    assert status_of(school.bob) == "overdue"
    clock.shift(timedelta(days=-1))
    assert status_of(school.bob) == "todo"


def test_progress_that_a_rebuild_leaves_out_is_read(school, essay, status_of, clock):
    Progress.objects.create(enrolment=school.bob, task=essay, state="done", since=timezone.now())
    assert status_of(school.bob) == "done"
    clock.shift(60)
    replay.rebuild(school.course)
    assert status_of(school.bob) == "todo"


def test_a_setting_that_the_administration_changed_counts_at_once(school, essay, status_of, clock):
    late = int(DEADLINE.timestamp()) + 1
    done = {"state": "done", "completed_time": late - 2, "proven_time": late}
    Progress.objects.create(enrolment=school.bob, task=essay, since=timezone.now(), **done)
    assert status_of(school.bob) == "unproven"
    school.course.unproven_counts_as = Course.Unproven.LATE
    school.course.save()
    assert status_of(school.bob) == "unproven-late"


def test_a_page_drawn_while_a_thread_waited_for_the_class_gets_the_heads(school, essay, status_of, clock):
    status_of(school.bob)
    asked_at = timezone.now()
    clock.shift(10)
    drawn_at = timezone.now()
    clock.shift(1)
    give(school.bob, essay)
    current = live_class.live_class(school.course, asked_at)
    assert len(current.changes_since(drawn_at).columns) == 1


def test_a_page_drawn_while_the_class_was_read_gets_the_heads(school, essay, clock):
    asked_at = timezone.now()
    clock.shift(10)
    current = live_class.LiveClass(school.course, asked_at)
    changes = current.changes_since(asked_at + timedelta(seconds=5))
    assert (len(changes.columns), changes.attention) == (len(current.nodes), True)


def test_the_kept_answers_have_a_size(school, essay):
    current = live_class.LiveClass(school.course, timezone.now())
    for key in range(5):
        assert len(current.answer(key, lambda: "x" * (live_class.MAX_CHARACTERS // 2)) or "")
    drawn = []
    for key in range(5):
        current.answer(key, lambda: drawn.append(1) or "x")
    assert len(drawn) == 3


def test_the_class_that_was_not_used_for_longest_is_forgotten(school, monkeypatch, clock):
    monkeypatch.setattr(live_class, "MAX_CLASSES", 2)
    names = {"teacher": school.course.teacher, "semester_id": "2026-A", "title": "C"}
    first, *others = [courses.create_course(None, course_id=f"c{number}", **names) for number in range(3)]
    kept = live_class.live_class(first, timezone.now())
    for other in others:
        live_class.live_class(other, timezone.now())
        assert live_class.live_class(first, timezone.now()) is kept


@pytest.fixture
def changed_for_a1(school, clock):
    """`changed_for_a1(change)` returns what an open matrix gets after the change, for a reader who sees group A1."""

    def read(change):
        live_class.live_class(school.course, timezone.now())
        clock.shift(10)
        drawn_at = timezone.now()
        clock.shift(1)
        change()
        now, everybody, limit = timezone.now(), {school.alice.pk, school.bob.pk}, frozenset([school.alice.group_id])
        current = live_class.live_class(school.course, now)
        return build_changed_rows(school.course, current, MatrixFilters(), everybody, drawn_at, now, limit=limit)

    return read


def test_changed_rows_show_and_count_the_students_of_the_reader_s_groups_only(
    school, essay, send_event, changed_for_a1
):
    complete_exercise(send_event, "bob", at=timezone.now())
    StudentRepository.objects.update(seen_at=timezone.now())
    changed = changed_for_a1(lambda: give(school.bob, essay))
    matrix, whole = (
        changed.matrix,
        build_matrix(school.course, MatrixFilters(), timezone.now(), limit=frozenset([school.alice.group_id])),
    )
    for drawn in (matrix, whole):
        assert [row.enrolment.pk for row in drawn.rows] == [school.alice.pk]
        assert ([group.group_id for group in drawn.groups], drawn.students, drawn.seen_at) == (["A1"], 1, None)
    (head,) = changed.heads
    assert (head.node.task, head.total, head.counts) == (essay, 1, {"todo": 1})


def test_a_student_who_left_the_reader_s_groups_is_not_among_the_changed_rows(school, essay, changed_for_a1):
    changed = changed_for_a1(lambda: roster.enrol(None, school.course, username="alice", group_id="A2"))
    assert (changed.matrix.rows, changed.matrix.students) == ([], 0)
    assert all(head.total == 0 for head in changed.heads)
    assert not changed.matrix.never_pushed
