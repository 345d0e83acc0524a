"""The commands that give and take back texts and ticks: what they accept, refuse, save and notify."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import AuditEvent
from courses.domain import answers, course_tasks, courses, roster
from courses.models import Answer, Enrolment, Progress, Task
from courses.tests.conftest import DEADLINE
from kernel.errors import Conflict, Malformed, NotAllowed
from live.models import Change

AFTER = DEADLINE + timedelta(hours=1)


def give(school, task, text=""):
    return answers.give_answer(school.alice.person, school.alice, task, text=text)


def test_line_ends_become_alike_and_the_same_text_again_changes_nothing(school, essay, clock):
    assert give(school, essay, "  One\r\ntwo\rthree\n ").text == "One\ntwo\nthree"
    Change.objects.all().delete()
    clock.move_to(AFTER)
    assert give(school, essay, "One\ntwo\nthree").changed_at is None
    assert not Change.objects.exists()
    assert AuditEvent.objects.filter(verb="courses.give_answer").count() == 1


def test_each_command_notifies_class_and_student_and_keeps_no_text_in_the_audit_log(school, essay):
    for command in (
        lambda: give(school, essay, "A secret"),
        lambda: give(school, essay, "Another secret"),
        lambda: answers.take_back_answer(school.alice.person, school.alice, essay),
    ):
        Change.objects.all().delete()
        command()
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
def test_a_text_needs_a_visible_character_and_has_a_maximum_length(school, essay, text, code):
    if not code:
        assert give(school, essay, text).text == text
        return
    with pytest.raises(Malformed) as refusal:
        give(school, essay, text)
    assert (refusal.value.code, refusal.value.field) == (code, "text")
    assert not Answer.objects.exists()


def test_a_tick_takes_no_text_and_other_kinds_of_tasks_take_no_answer(school, rules):
    with pytest.raises(Malformed) as refusal:
        give(school, rules, "yes")
    assert (refusal.value.code, refusal.value.field) == ("no_text", "text")
    for task in (school.first, school.chapter, school.repository):
        with pytest.raises(Conflict):
            give(school, task, "done")
    assert not Answer.objects.exists()
    assert not Progress.objects.exists()


def test_only_the_student_may_answer_and_only_in_a_course_that_is_not_archived(school, rules, staff, teacher):
    for actor in (school.bob.person, teacher, staff):
        for command in (answers.give_answer, answers.take_back_answer):
            with pytest.raises(NotAllowed):
                command(actor, school.alice, rules)
    roster.enrol(None, school.course, username="alice", role="assistant")
    with pytest.raises(NotAllowed):  # the row in hand is stale: it still says student
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


def test_a_deleted_task_or_enrolment_deletes_its_answers_and_refuses_new_ones(school, essay, rules):
    give(school, essay, "One")
    give(school, rules)
    course_tasks.delete_task(None, Task.objects.get(pk=essay.pk))
    assert [answer.task for answer in Answer.objects.all()] == [rules]
    with pytest.raises(Conflict):
        give(school, essay, "One")
    person = school.alice.person
    roster.remove(None, Enrolment.objects.get(pk=school.alice.pk))
    assert not Answer.objects.exists()
    with pytest.raises(Conflict):
        answers.give_answer(person, school.alice, rules)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("meanwhile", ["give", "ask for another thing"])
def test_simultaneous_commands_run_one_after_the_other(school, essay, monkeypatch, meanwhile):
    failures, barrier = [], threading.Barrier(2)
    publish = answers.publish
    # The delay is inside the transaction.
    monkeypatch.setattr(answers, "publish", lambda *topics: (time.sleep(0.3), publish(*topics)))

    def run(command):
        barrier.wait()
        try:
            command()
        except Conflict:  # the task was changed first
            assert meanwhile != "give"
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    def second_command():
        if meanwhile == "give":
            give(school, essay, "One")
        else:
            course_tasks.change_task(None, Task.objects.get(pk=essay.pk), asks_for="nothing")

    commands = (lambda: give(school, essay, "One"), second_command)
    threads = [threading.Thread(target=run, args=(command,)) for command in commands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Progress.objects.count() == (1 if meanwhile == "give" else 0)
    assert AuditEvent.objects.filter(verb="courses.give_answer").count() == Answer.objects.count()
