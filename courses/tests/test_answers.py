"""Texts and ticks: who gives them and when, what they count for, and that a rebuild says the same."""

import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from accounts.models import AuditEvent
from courses.domain import answers, course_tasks, courses, replay, roster
from courses.models import Answer, Progress, Task
from courses.pages.matrix import build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.pages.next_steps import next_tasks
from courses.pages.student_overview import overview_of
from courses.tests.conftest import DEADLINE
from courses.tests.test_matrix import work
from kernel.errors import Conflict, Malformed, NotAllowed
from live.models import Change

BEFORE, AFTER = DEADLINE - timedelta(hours=1), DEADLINE + timedelta(hours=1)


@pytest.fixture
def essay(school):
    return course_tasks.add_task(None, school.course, path="/essay", title="Essay", asks_for="text", deadline=DEADLINE)


@pytest.fixture
def rules(school):
    return course_tasks.add_task(None, school.course, path="/rules", title="Rules", asks_for="tick", deadline=DEADLINE)


@pytest.fixture
def clock():
    with time_machine.travel(BEFORE, tick=False) as traveller:
        yield traveller


def give(school, task, text="", enrolment=None):
    enrolment = enrolment or school.alice
    return answers.give_answer(enrolment.person, enrolment, task, text=text)


def progress(course):
    rows = Progress.objects.filter(task__course=course).order_by("enrolment", "task")
    return list(rows.values_list("enrolment", "task", "state", "since", "completed_time", "effort", "last_activity"))


def state(school, task, now=AFTER, enrolment=None):
    enrolment = enrolment or school.alice
    (item,) = [item for item in overview_of(enrolment, now).work if item.node.task == task]
    cells = {row.student.pk: row.cells for row in build_matrix(school.course, MatrixFilters(), now).rows}
    (cell,) = [cell for cell in cells[enrolment.pk] if cell.task_id == task.pk]
    assert cell.status is item.status  # the class's page and the student's agree
    return item.status.key


@pytest.mark.parametrize(("moment", "word"), [(BEFORE, "done"), (DEADLINE, "done"), (AFTER, "late")])
def test_a_tick_counts_from_the_second_it_was_given(school, rules, clock, moment, word):
    assert state(school, rules, BEFORE) == "todo"
    assert state(school, rules) == "overdue"
    clock.move_to(moment)
    give(school, rules)
    assert state(school, rules) == word
    assert Progress.objects.get(task=rules).completed_time == int(moment.timestamp())


def test_a_text_that_is_changed_later_was_given_when_it_was_given(school, essay, clock):
    give(school, essay, "  One\r\ntwo\rthree\n ")
    clock.move_to(AFTER)
    changed = give(school, essay, "Other")
    assert (changed.text, changed.given_at, changed.changed_at) == ("Other", BEFORE, AFTER)
    assert state(school, essay) == "done"
    assert Answer.objects.count() == 1


def test_line_ends_are_all_alike_and_the_same_again_changes_nothing(school, essay, clock):
    assert give(school, essay, "  One\r\ntwo\rthree\n ").text == "One\ntwo\nthree"
    Change.objects.all().delete()
    clock.move_to(AFTER)
    assert give(school, essay, "One\ntwo\nthree").changed_at is None
    assert not Change.objects.exists()
    assert AuditEvent.objects.filter(verb="courses.give_answer").count() == 1


def test_taken_back_it_is_as_if_it_had_never_been_given(school, essay, rules, clock):
    for task, text in ((essay, "One"), (rules, "")):
        before = progress(school.course)
        give(school, task, text)
        answers.take_back_answer(school.alice.person, school.alice, task)
        answers.take_back_answer(school.alice.person, school.alice, task)
        assert progress(school.course) == before
        assert not Answer.objects.exists()
        clock.move_to(AFTER)
        give(school, task, text)
        assert state(school, task) == "late"
        clock.move_to(BEFORE)
        answers.take_back_answer(school.alice.person, school.alice, task)
    assert AuditEvent.objects.filter(verb="courses.take_back_answer").count() == 4


def test_each_step_tells_the_class_and_the_student_and_keeps_no_text_among_the_events(school, essay):
    for step in (
        lambda: give(school, essay, "A secret"),
        lambda: give(school, essay, "Another secret"),
        lambda: answers.take_back_answer(school.alice.person, school.alice, essay),
    ):
        Change.objects.all().delete()
        step()
        assert {change.topic for change in Change.objects.all()} == {school.course.topic, school.alice.topic}
    events = AuditEvent.objects.filter(verb__contains="answer")
    assert events.count() == 3
    assert "secret" not in str([(event.before, event.after) for event in events])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("\u200b\n\u2060", "empty"),
        ("x" * 10_001, "too_long"),
        ("x" * 10_000, ""),
        ("é", ""),
    ],
)
def test_a_text_has_something_in_it_and_an_end(school, essay, text, code):
    if not code:
        assert give(school, essay, text).text == text
        return
    with pytest.raises(Malformed) as refused:
        give(school, essay, text)
    assert (refused.value.code, refused.value.field) == (code, "text")
    assert not Answer.objects.exists()


def test_a_tick_has_no_text_and_other_tasks_ask_for_none(school, rules):
    with pytest.raises(Malformed) as refused:
        give(school, rules, "yes")
    assert (refused.value.code, refused.value.field) == ("no_text", "text")
    for task in (school.first, school.chapter, school.repository):
        with pytest.raises(Conflict):
            give(school, task, "done")
    assert not Answer.objects.exists()
    assert not Progress.objects.exists()


def test_only_the_student_answers_and_only_while_they_are_one(school, rules, staff, teacher):
    for actor in (school.bob.person, teacher, staff):
        for verb in (answers.give_answer, answers.take_back_answer):
            with pytest.raises(NotAllowed):
                verb(actor, school.alice, rules)
    roster.enrol(None, school.course, username="alice", role="assistant")
    with pytest.raises(NotAllowed):  # with the row of a moment ago, which still says student
        give(school, rules)
    roster.enrol(None, school.course, username="alice", role="student")
    courses.change_course(None, school.course, archived=True)
    with pytest.raises(Conflict):
        give(school, rules)
    courses.change_course(None, school.course, archived=False)
    give(school, rules)
    courses.change_course(None, school.course, archived=True)
    with pytest.raises(Conflict):
        answers.take_back_answer(school.alice.person, school.alice, rules)
    assert Answer.objects.count() == 1


def test_what_went_in_the_meantime_is_refused_and_takes_its_answers_along(school, essay, rules):
    give(school, essay, "One")
    give(school, rules)
    course_tasks.delete_task(None, Task.objects.get(pk=essay.pk))
    assert [row.task for row in Answer.objects.all()] == [rules]
    with pytest.raises(Conflict):
        give(school, essay, "One")
    person = school.alice.person
    roster.remove(None, school.alice.__class__.objects.get(pk=school.alice.pk))
    assert not Answer.objects.exists()
    with pytest.raises(Conflict):
        answers.give_answer(person, school.alice, rules)


def test_a_rebuild_gives_the_same_rows(school, essay, rules, tell, clock):
    work(tell, "alice", done=BEFORE)
    give(school, essay, "One")
    clock.move_to(AFTER)
    give(school, essay, "Two")
    give(school, rules, enrolment=school.bob)
    before = progress(school.course)
    assert len(before) == 3
    replay.rebuild(school.course)
    assert progress(school.course) == before
    replay.rebuild(school.course)
    assert progress(school.course) == before


def test_progress_follows_what_the_task_asks_for_and_the_answer_stays(school, essay, clock):
    give(school, essay, "One")
    done = progress(school.course)

    for asks_for in ("nothing", "exercise", "tick"):  # what was written is no tick
        course_tasks.change_task(None, essay, asks_for=asks_for)
        assert progress(school.course) == []
        replay.rebuild(school.course)
        assert progress(school.course) == []
        assert Answer.objects.get().text == "One"
    course_tasks.change_task(None, essay, asks_for="text")
    assert progress(school.course) == done

    course_tasks.change_task(None, essay, path="/elsewhere")
    assert progress(school.course) == done
    replay.rebuild(school.course)
    assert progress(school.course) == done


def test_what_is_asked_now_takes_the_place_of_what_was_asked_before(school, essay, clock):
    give(school, essay, "One")
    course_tasks.change_task(None, essay, asks_for="tick")
    clock.move_to(AFTER)
    ticked = give(school, essay)
    assert (ticked.text, ticked.given_at, ticked.changed_at) == ("", AFTER, None)
    assert state(school, essay) == "late"


def test_an_exercise_that_becomes_a_tick_is_not_done_by_its_commits_and_is_again_when_it_asks_for_them(school, tell):
    work(tell, "alice", done=BEFORE)
    before = [row[:3] + row[4:] for row in progress(school.course)]
    assert before
    course_tasks.change_task(None, school.first, asks_for="tick")
    assert progress(school.course) == []
    tell("OnExerciseCompleted", exercisePath=school.first.path)
    tell("OnNewCommits", repoPath="/depot", commits=[])
    assert progress(school.course) == []
    course_tasks.change_task(None, school.first, asks_for="exercise")
    assert [row[:3] + row[4:] for row in progress(school.course)] == before


def test_commits_told_for_the_path_of_a_tick_leave_it_alone(school, rules, tell):
    give(school, rules)
    before = progress(school.course)
    work(tell, "alice", task="/rules", done=AFTER)
    assert progress(school.course) == before


def test_an_answer_that_is_not_given_is_among_what_comes_next(school, rules):
    def names():
        return [item.node.task for item in next_tasks([overview_of(school.alice, BEFORE)])]

    assert rules in names()
    give(school, rules)
    assert rules not in names()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("meanwhile", ["give", "ask for another thing"])
def test_what_is_done_at_once_is_done_one_after_the_other(school, essay, monkeypatch, meanwhile):
    failures, together = [], threading.Barrier(2)
    slow = answers.publish
    monkeypatch.setattr(answers, "publish", lambda *topics: (time.sleep(0.3), slow(*topics)))  # within the transaction

    def run(act):
        together.wait()
        try:
            act()
        except Conflict:  # the task asked for another thing first
            assert meanwhile != "give"
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    def other():
        if meanwhile == "give":
            give(school, essay, "One")
        else:
            course_tasks.change_task(None, Task.objects.get(pk=essay.pk), asks_for="nothing")

    threads = [threading.Thread(target=run, args=(act,)) for act in (lambda: give(school, essay, "One"), other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Progress.objects.count() == (1 if meanwhile == "give" else 0)
    assert AuditEvent.objects.filter(verb="courses.give_answer").count() == Answer.objects.count()
