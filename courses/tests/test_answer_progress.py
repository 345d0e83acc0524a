"""The status and progress that follow from texts and ticks, also after a rebuild and when a task changes its kind."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from courses.domain import answers, course_tasks, replay
from courses.models import Answer, Progress
from courses.pages.matrix import build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.pages.next_steps import next_tasks
from courses.pages.student_overview import overview_of
from courses.tests.conftest import DEADLINE, complete_exercise

BEFORE, AFTER = DEADLINE - timedelta(hours=1), DEADLINE + timedelta(hours=1)


def give(school, task, text="", enrolment=None):
    enrolment = enrolment or school.alice
    return answers.give_answer(enrolment.person, enrolment, task, text=text)


def progress_rows(course):
    rows = Progress.objects.filter(task__course=course).order_by("enrolment", "task")
    return list(rows.values_list("enrolment", "task", "state", "since", "completed_time", "effort", "last_activity"))


def status_key(school, task, now=AFTER):
    """Return the key of alice's status, after checking that the class's page and the student's page agree on it."""
    (item,) = [item for item in overview_of(school.alice, now).work if item.node.task == task]
    cells = {row.student.pk: row.cells for row in build_matrix(school.course, MatrixFilters(), now).rows}
    (cell,) = [cell for cell in cells[school.alice.pk] if cell.task_id == task.pk]
    assert cell.status is item.status
    return item.status.key


@pytest.mark.parametrize(("moment", "key"), [(BEFORE, "done"), (DEADLINE, "done"), (AFTER, "late")])
def test_a_tick_counts_from_the_second_in_which_it_is_given(school, rules, clock, moment, key):
    assert status_key(school, rules, BEFORE) == "todo"
    assert status_key(school, rules) == "overdue"
    clock.move_to(moment)
    give(school, rules)
    assert status_key(school, rules) == key
    assert Progress.objects.get(task=rules).completed_time == int(moment.timestamp())


def test_a_changed_text_keeps_the_time_of_the_first_one(school, essay, clock):
    give(school, essay, "  One\r\ntwo\rthree\n ")
    clock.move_to(AFTER)
    changed = give(school, essay, "Other")
    assert (changed.text, changed.given_at, changed.changed_at) == ("Other", BEFORE, AFTER)
    assert status_key(school, essay) == "done"
    assert Answer.objects.count() == 1


def test_taking_an_answer_back_leaves_no_trace_of_it_in_the_progress(school, essay, rules, clock):
    for task, text in ((essay, "One"), (rules, "")):
        before = progress_rows(school.course)
        give(school, task, text)
        answers.take_back_answer(school.alice.person, school.alice, task)
        answers.take_back_answer(school.alice.person, school.alice, task)
        assert progress_rows(school.course) == before
        assert not Answer.objects.exists()
        clock.move_to(AFTER)
        give(school, task, text)
        assert status_key(school, task) == "late"
        clock.move_to(BEFORE)
        answers.take_back_answer(school.alice.person, school.alice, task)
    assert AuditEvent.objects.filter(verb="courses.take_back_answer").count() == 4


def test_a_rebuild_gives_the_same_rows(school, essay, rules, send_event, clock):
    complete_exercise(send_event, "alice", at=BEFORE)
    give(school, essay, "One")
    clock.move_to(AFTER)
    give(school, essay, "Two")
    give(school, rules, enrolment=school.bob)
    before = progress_rows(school.course)
    assert len(before) == 3
    replay.rebuild(school.course)
    assert progress_rows(school.course) == before
    replay.rebuild(school.course)
    assert progress_rows(school.course) == before


def test_progress_follows_the_kind_of_the_task_and_the_answer_stays(school, essay, clock):
    give(school, essay, "One")
    done = progress_rows(school.course)

    for asks_for in ("nothing", "exercise", "tick"):  # a text is not a tick
        course_tasks.change_task(None, essay, asks_for=asks_for)
        assert progress_rows(school.course) == []
        replay.rebuild(school.course)
        assert progress_rows(school.course) == []
        assert Answer.objects.get().text == "One"
    course_tasks.change_task(None, essay, asks_for="text")
    assert progress_rows(school.course) == done

    course_tasks.change_task(None, essay, path="/elsewhere")
    assert progress_rows(school.course) == done
    replay.rebuild(school.course)
    assert progress_rows(school.course) == done


def test_an_answer_of_the_new_kind_replaces_the_answer_of_the_old_kind(school, essay, clock):
    give(school, essay, "One")
    course_tasks.change_task(None, essay, asks_for="tick")
    clock.move_to(AFTER)
    tick = give(school, essay)
    assert (tick.text, tick.given_at, tick.changed_at) == ("", AFTER, None)
    assert status_key(school, essay) == "late"


def test_commits_do_not_complete_an_exercise_while_it_asks_for_a_tick(school, send_event):
    complete_exercise(send_event, "alice", at=BEFORE)
    before = [row[:3] + row[4:] for row in progress_rows(school.course)]
    assert before
    course_tasks.change_task(None, school.first, asks_for="tick")
    assert progress_rows(school.course) == []
    send_event("OnExerciseCompleted", exercisePath=school.first.path)
    send_event("OnNewCommits", repoPath="/depot", commits=[])
    assert progress_rows(school.course) == []
    course_tasks.change_task(None, school.first, asks_for="exercise")
    assert [row[:3] + row[4:] for row in progress_rows(school.course)] == before


def test_commits_for_the_path_of_a_tick_do_not_change_its_progress(school, rules, send_event):
    give(school, rules)
    before = progress_rows(school.course)
    complete_exercise(send_event, "alice", path="/rules", at=AFTER)
    assert progress_rows(school.course) == before


def test_a_missing_answer_is_among_the_next_tasks(school, rules):
    def tasks_to_do():
        return [item.node.task for item in next_tasks([overview_of(school.alice, BEFORE)])]

    assert rules in tasks_to_do()
    give(school, rules)
    assert rules not in tasks_to_do()
