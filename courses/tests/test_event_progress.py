"""Events about commits and exercises set the activity and the progress of a student."""

from datetime import UTC, datetime

import pytest
import time_machine

from courses.models import Activity, Enrolment, Progress, ReceivedEvent
from courses.tests.conftest import DEADLINE, commit
from courses.tests.received_events import AFTER, BEFORE, NOW, push
from live.models import Change


@pytest.fixture(autouse=True)
def frozen_clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize("late_time", [-(2**62), 2**62])
def test_an_absurd_lateness_time_is_limited_to_the_past(school, send_event, client_of, late_time):
    push(send_event, lateTime=late_time)
    send_event("OnExerciseCompleted", exercisePath="/tp1/exercice1", lateTime=late_time)

    limit = 0 if late_time < 0 else int(NOW.timestamp())
    assert Activity.objects.get().at == limit
    assert Progress.objects.get().completed_time == limit
    base = f"/courses/{school.course.pk}"
    for page in (f"{base}/", f"{base}/tasks/{school.first.pk}/", f"{base}/students/alice/"):
        assert client_of(school.course.teacher).get(page).status_code == 200, page


def test_commits_start_the_exercises_they_touch_and_add_up_the_effort(school, send_event):
    commits = [
        commit("c1", BEFORE, ("/tp1/exercice1", 10), ("/tp1/exercice1", 5), ("/", 99)),
        commit("c2", AFTER, ("/tp1/exercice1", 1), ("/tp1/exercice2", 2)),
    ]
    send_event("OnNewCommits", repoPath="/depot", commits=commits)

    progress = {row.task: (row.state, row.effort, row.last_activity) for row in Progress.objects.all()}
    assert progress == {
        school.first: ("started", 16, int(AFTER.timestamp())),
        school.second: ("started", 2, int(AFTER.timestamp())),
    }


def test_the_same_commit_in_two_events_counts_once(school, send_event):
    push(send_event)
    push(send_event)

    assert ReceivedEvent.objects.count() == 2
    assert Progress.objects.get().effort == 10


def test_a_commit_from_a_clock_that_is_ahead_gets_the_time_of_receipt(school, send_event):
    push(send_event, at=datetime(2037, 1, 1, tzinfo=UTC))
    assert Progress.objects.get().last_activity == int(NOW.timestamp())


def test_the_lateness_time_of_the_git_module_wins_over_the_author_time(school, send_event):
    push(send_event, at=BEFORE, completes="/tp1/exercice1", lateTime=int(AFTER.timestamp()))
    send_event("OnExerciseCompleted", exercisePath="/tp1/exercice1")

    assert Progress.objects.get().completed_time == int(AFTER.timestamp()) > DEADLINE.timestamp()


def test_a_completed_exercise_is_done_at_the_time_of_its_first_completing_commit(school, send_event):
    push(send_event, completes="/tp1/exercice1")
    push(send_event, "c2", AFTER, completes="/tp1/exercice1")
    send_event("OnExerciseCompleted", exercisePath="/tp1/exercice1")

    row = Progress.objects.get()
    assert (row.state, row.completed_time) == ("done", int(BEFORE.timestamp()))


def test_completing_again_later_keeps_the_first_time(school, send_event):
    push(send_event, completes="/tp1/exercice1")
    send_event("OnExerciseCompleted", exercisePath="/tp1/exercice1")
    send_event("OnExerciseCompletedUpdate", exercisePath="/tp1/exercice1", exerciseCompleted="False")
    push(send_event, "c2", AFTER, completes="/tp1/exercice1")
    send_event("OnExerciseCompleted", exercisePath="/tp1/exercice1")

    assert Progress.objects.get().completed_time == int(BEFORE.timestamp())


@pytest.mark.parametrize("value", ["False", "false", False, 0])
def test_an_update_reopens_an_exercise_that_no_commit_completes_any_more(school, send_event, value):
    push(send_event, completes="/tp1/exercice1")
    send_event("OnExerciseCompleted", exercisePath="/tp1/exercice1")
    send_event("OnExerciseCompletedUpdate", exercisePath="/tp1/exercice1", exerciseCompleted=value)

    assert Progress.objects.get().state == "started"


def test_an_exercise_completed_by_an_empty_commit_is_done(school, send_event):
    send_event("OnExerciseCompleted", exercisePath="tp1/exercice1")  # the original programs leave the first slash out
    assert Progress.objects.get().state == "done"


def test_an_assistant_has_no_progress(school, send_event):
    Enrolment.objects.filter(pk=school.alice.pk).update(role="assistant")
    send_event("OnExerciseCompleted", exercisePath="/tp1/exercice1")

    assert ReceivedEvent.objects.get().problem == "unknown_student"
    assert not Progress.objects.exists()


def test_pages_of_the_course_and_of_the_student_are_notified(school, send_event):
    Change.objects.all().delete()
    push(send_event)
    assert set(Change.objects.values_list("topic", flat=True)) == {
        f"course:{school.course.pk}",
        f"person:{school.alice.person_id}",
    }


def test_a_subject_with_invalid_unicode_is_kept_without_it(school, send_event):
    push(send_event, "c1", commitMessageFirstLine="a\ud800b\0")
    assert Activity.objects.get().subject == "a?b"


def test_what_could_not_be_read_of_a_commit_stands_with_it_on_the_page(school, send_event, client_of):
    push(send_event, "c1", remarks=["files_unknown", "message_cut"])
    push(send_event, "c2", remarks=["a word of another Git module", 7, None])
    push(send_event, "c3", remarks="files_unknown")
    page = client_of(school.course.teacher).get(f"/courses/{school.course.pk}/students/alice/").content.decode()
    assert page.count("Too many files changed at once: none of them is counted.") == 1
    assert page.count("The message is longer than what is kept of it.") == 1
    assert set(Activity.objects.values_list("commit_id", "remarks")) == {
        ("c1", "files_unknown,message_cut"),
        ("c2", ""),
        ("c3", ""),
    }
