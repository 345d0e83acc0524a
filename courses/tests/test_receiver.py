"""Receiving an event: it is kept and applied once, or refused, whatever its order and however often it arrives."""

import uuid
from threading import Thread

import pytest
import time_machine
from django.db import connection

from courses.domain import courses, replay, roster
from courses.git.receiver import receive
from courses.models import Activity, Progress, ReceivedEvent, Semester, StudentRepository
from courses.tests.conftest import commit, event
from courses.tests.received_events import AFTER, BEFORE, NOW, URL, push
from kernel.errors import Malformed


@pytest.fixture(autouse=True)
def frozen_clock():
    with time_machine.travel(NOW, tick=False):
        yield


def derived_rows():
    """Return all derived rows, without their keys."""
    return (
        sorted(Activity.objects.values_list("enrolment", "commit_id", "exercise_path", "at", "effort", "completes")),
        sorted(
            Progress.objects.values_list("enrolment", "task", "state", "completed_time", "effort", "last_activity"),
            key=str,
        ),
        sorted(StudentRepository.objects.values_list("enrolment", "repo_path", "url", "state", "reason"), key=str),
    )


def test_the_same_event_twice_counts_once(school, send_event):
    event_id = send_event("OnNewCommits", repoPath="/depot", commits=[commit("c1", BEFORE, ("/tp1/exercice1", 10))])
    send_event(
        "OnNewCommits", event_id=event_id, repoPath="/depot", commits=[commit("c2", BEFORE, ("/tp1/exercice1", 7))]
    )

    assert ReceivedEvent.objects.count() == 1
    assert Progress.objects.get().effort == 10


def test_an_event_about_an_unknown_student_is_kept_and_creates_no_account(school, send_event, django_user_model):
    people = django_user_model.objects.count()
    send_event("OnClone", "zoe", repoUrl=URL, repoPath="/depot")

    row = ReceivedEvent.objects.get()
    assert (row.problem, row.course, row.student_id) == ("unknown_student", school.course, "zoe")
    assert django_user_model.objects.count() == people


def test_kept_events_are_applied_when_their_student_is_enrolled(school, send_event, person):
    send_event("OnClone", "zoe", repoUrl=URL, repoPath="/depot")
    send_event("OnNewCommits", "zoe", repoPath="/depot", commits=[commit("z", BEFORE, ("/tp1/exercice1", 3))])
    person("zoe")

    enrolment = roster.enrol(None, school.course, username="zoe")

    assert enrolment.student_repositories.get().state == "cloned"
    assert enrolment.progress.get().effort == 3
    assert not ReceivedEvent.objects.exclude(problem="").exists()


def test_events_that_arrived_before_their_course_are_applied_when_it_exists(db, teacher, alice):
    receive(uuid.uuid4(), event("OnClone", repoUrl=URL, repoPath="/depot"))
    assert ReceivedEvent.objects.get().problem == "unknown_course"

    course = courses.create_course(None, teacher, semester_id="A2026", course_id="StruDon", title="S")
    assert ReceivedEvent.objects.get().problem == "unknown_student"
    roster.enrol(None, course, username="alice")

    assert StudentRepository.objects.get().state == "cloned"


def test_the_other_events_are_accepted_and_kept(school, send_event):
    send_event("OnExerciseCompleted", exercisePath="/nowhere")
    send_event("OnCommitModelUpdate")
    receive(uuid.uuid4(), {"_C": "OnUnknownRepoURL", "repoUrl": URL})

    assert list(ReceivedEvent.objects.order_by("pk").values_list("kind", "problem")) == [
        ("OnExerciseCompleted", "unknown_task"),
        ("OnCommitModelUpdate", ""),
        ("OnUnknownRepoURL", "unknown_url"),
    ]
    school.alice.refresh_from_db()
    assert school.alice.commits_stale


def test_rebuilding_from_the_kept_events_gives_the_same_rows(school, send_event):
    send_event("OnClone", repoUrl=URL, repoPath="/depot")
    push(send_event, completes="/tp1/exercice1")
    push(send_event, "c2", AFTER, "/tp1/exercice2", 4)
    send_event("OnExerciseCompleted", exercisePath="/tp1/exercice1")
    send_event("OnPullFailed", "bob", repoUrl="https://git.example/bob.git", repoPath="/depot", reason="timeout")
    before = derived_rows()
    Progress.objects.update(effort=777)
    Activity.objects.filter(commit_id="c2").delete()

    assert replay.rebuild(school.course) == 5
    assert derived_rows() == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"_C": "OnSomethingElse"},
        {"_C": 7},
        {"_C": "OnClone"},
        event("OnClone", "../../etc"),
        event("OnExerciseCompleted"),
        event("OnExerciseCompleted", exercisePath="/a/../b"),
        event("OnExerciseCompletedUpdate", exercisePath="/a", exerciseCompleted="maybe"),
        event("OnNewCommits", commits="many"),
        event("OnNewCommits", commits=["one"]),
        event("OnNewCommits", commits=[{"commitId": "abc"}]),
        event("OnNewCommits", commits=[{"commitId": "abc", "timeStamp": "soon"}]),
        event("OnNewCommits", commits=[{"commitId": "abc", "timeStamp": 1, "modifiedFiles": 3}]),
        event("OnClone", repoPath="/" + "x" * 300),
        event("OnClone") | {"teacherId": "other", "courseId": "teacher/StruDon"},
    ],
)
def test_a_body_that_is_not_an_event_of_the_contract_is_refused_and_not_kept(school, body):
    with pytest.raises(Malformed):
        receive(uuid.uuid4(), body)
    assert not ReceivedEvent.objects.exists()


def test_bodies_of_the_original_programs_are_accepted(school):
    body = event("OnNewCommits")
    body |= {
        "teacherId": "TEACHER",
        "latestCommitBeforeThis": "asdf..",
        "commits": [
            {
                "commitId": "asdfasdfw34qfadsfasdrf3",
                "exercisePathIfCompleted": None,
                "modifiedFiles": [{"path": "src/A.java", "estimatedEffort": "34", "exercisePath": "tp1/exercice1"}],
                "timeStamp": 1615215942,
            },
            {"commitId": "b", "exercisePathIfCompleted": "", "modifiedFiles": ["old.txt"], "timeStamp": "1615215943"},
        ],
    }
    receive(uuid.uuid4(), body)
    body = event("OnExerciseCompleted", exercisePath="/tp1/exercice1") | {"courseId": "teacher/StruDon"}
    del body["teacherId"], body["groupId"]
    receive(uuid.uuid4(), body)

    row = Progress.objects.get()
    assert (row.state, row.effort) == ("done", 34)


@pytest.mark.database
def test_ids_are_compared_with_their_letter_case(school, send_event):
    send_event("OnExerciseCompleted", "Alice", exercisePath="/tp1/exercice1")
    send_event("OnExerciseCompleted", exercisePath="/TP1/exercice1")

    assert [row.problem for row in ReceivedEvent.objects.order_by("pk")] == ["unknown_student", "unknown_task"]


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_one_event_arriving_eight_times_at_once_counts_once(school):
    event_id = uuid.uuid4()
    body = event("OnNewCommits", repoPath="/depot", commits=[commit("c", BEFORE, ("/tp1/exercice1", 5))])

    def arrive():
        try:
            receive(event_id, body)
        finally:
            connection.close()

    threads = [Thread(target=arrive) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ReceivedEvent.objects.count() == 1
    assert Progress.objects.get().effort == 5


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_events_of_one_student_arriving_at_once_all_count(school):
    def arrive(number):
        try:
            body = event(
                "OnNewCommits", repoPath="/depot", commits=[commit(f"c{number}", BEFORE, ("/tp1/exercice1", 1))]
            )
            receive(uuid.uuid4(), body)
        finally:
            connection.close()

    threads = [Thread(target=arrive, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Progress.objects.get().effort == 8
    assert Semester.objects.count() == 1


def test_ids_that_are_numbers_name_the_same_course_and_student_also_before_these_exist(teacher, person):
    person("1234500")
    ids = {"semesterId": 2026, "courseId": 101, "studentId": 1234500, "groupId": 1}
    receive(uuid.uuid4(), {**event("OnClone", repoUrl=URL, repoPath="/depot"), **ids})
    assert ReceivedEvent.objects.get().problem == "unknown_course"

    course = courses.create_course(teacher, teacher, semester_id="2026", course_id="101", title="Numbers")
    roster.enrol(teacher, course, username="1234500")

    assert StudentRepository.objects.get().enrolment.person.username == "1234500"
