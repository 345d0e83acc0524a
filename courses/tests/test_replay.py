"""Replay: events that arrived before their course, student or task apply later; forgotten events never do."""

import uuid
from datetime import UTC, datetime

import pytest
import time_machine

from courses.domain import course_tasks, courses, replay, roster, student_repositories, task_progress
from courses.git.event_parsing import parse_event
from courses.git.receiver import receive
from courses.models import Activity, Progress, ReceivedEvent, StudentRepository, Task
from courses.tests.conftest import commit, event

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
BEFORE = datetime(2026, 10, 30, 10, 0, tzinfo=UTC)
URL = "https://git.example/alice/strudon.git"
PATH = "/tp1/exercice1"


@pytest.fixture(autouse=True)
def frozen_clock():
    with time_machine.travel(NOW, tick=False):
        yield


def complete(send_event, student="alice", path=PATH):
    send_event("OnClone", student, repoUrl=URL, repoPath="/depot")
    commits = [commit("c1", BEFORE, (path, 10), completes=path)]
    send_event("OnNewCommits", student, repoUrl=URL, repoPath="/depot", commits=commits)
    send_event("OnExerciseCompleted", student, exercisePath=path)


def states(course):
    rows = Progress.objects.filter(enrolment__course=course).order_by("enrolment", "task__path")
    return list(rows.values_list("enrolment__person__username", "task__path", "state", "completed_time", "effort"))


ALICE_DONE = ("alice", PATH, "done", int(BEFORE.timestamp()), 10)


@pytest.mark.parametrize("students_first", [True, False])
def test_a_course_created_after_its_events_shows_completed_work(db, teacher, alice, send_event, students_first):
    complete(send_event)
    course = courses.create_course(None, teacher, semester_id="A2026", course_id="StruDon", title="S")

    steps = [
        lambda: roster.enrol(None, course, username="alice"),
        lambda: course_tasks.add_task(None, course, path=PATH, repo_path="/depot"),
    ]
    for step in steps if students_first else steps[::-1]:
        step()

    assert states(course) == [ALICE_DONE]
    assert not ReceivedEvent.objects.exclude(problem="").exists()


def test_a_task_deleted_and_added_again_shows_completed_work(school, send_event):
    complete(send_event)
    send_event("OnExerciseCompleted", "bob", exercisePath=PATH)
    course_tasks.delete_task(None, school.first)
    course_tasks.add_task(None, school.course, path=PATH, repo_path="/depot")

    assert states(school.course) == [ALICE_DONE, ("bob", PATH, "done", int(NOW.timestamp()), 0)]


def test_a_task_renamed_and_renamed_back_shows_completed_work(school, send_event):
    complete(send_event)
    course_tasks.change_task(None, school.first, path="/tp1/other")
    assert states(school.course) == []
    course_tasks.change_task(None, school.first, path=PATH)

    assert states(school.course) == [ALICE_DONE]


def test_work_undone_before_the_task_came_back_is_not_done(school, send_event):
    complete(send_event)
    send_event("OnExerciseCompletedUpdate", exercisePath=PATH, exerciseCompleted="False")
    course_tasks.delete_task(None, school.first)
    course_tasks.add_task(None, school.course, path=PATH, repo_path="/depot")

    assert [row[2] for row in states(school.course)] == ["started"]


def test_work_of_a_replaced_repository_does_not_come_back_with_the_task(school, send_event):
    complete(send_event)
    send_event("OnClone", repoUrl=URL, repoPath="/depot")
    course_tasks.delete_task(None, school.first)
    course_tasks.add_task(None, school.course, path=PATH, repo_path="/depot")

    assert states(school.course) == []


def test_a_new_task_finds_earlier_pushes_to_its_path_in_few_queries(school, send_event, django_assert_max_num_queries):
    for student in ("alice", "bob"):
        complete(send_event, student, "/tp9")
    task = course_tasks.add_task(None, school.course, path="/tp9", repo_path="/depot")
    progress = states(school.course)
    Progress.objects.all().delete()

    with django_assert_max_num_queries(9):
        task_progress.derive_progress(task)

    assert [row[:3] for row in progress] == [("alice", "/tp9", "done"), ("bob", "/tp9", "done")]
    assert states(school.course) == progress


def test_a_student_who_was_an_assistant_gets_the_events_of_that_time(school, send_event):
    roster.enrol(None, school.course, username="alice", group_id="A1", role="assistant")
    complete(send_event)
    roster.enrol(None, school.course, username="alice", group_id="A1")

    assert states(school.course) == [ALICE_DONE]


def test_events_of_other_unknown_courses_are_not_read(
    school, send_event, person, monkeypatch, django_assert_max_num_queries
):
    for number in range(30):
        receive(uuid.uuid4(), event("OnClone", repoUrl=URL) | {"courseId": f"Other{number}"})
        receive(uuid.uuid4(), event("OnClone", repoUrl=URL) | {"teacherId": "other", "semesterId": "A2026"})
    person("zoe")
    parsed = []
    monkeypatch.setattr(replay, "parse_event", lambda body: (parsed.append(body), parse_event(body))[1])
    with django_assert_max_num_queries(20):
        roster.enrol(None, school.course, username="zoe")
    assert set(ReceivedEvent.objects.values_list("problem", flat=True)) == {"unknown_course"}
    assert parsed == []  # events of other students are not parsed


def test_a_rebuild_does_not_bring_a_removed_repository_back(school, send_event):
    repository = student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=URL)
    complete(send_event)
    send_event("OnClone", "bob", repoUrl=URL, repoPath="/depot")
    student_repositories.remove_repository(school.alice.person, repository)

    replay.rebuild(school.course)

    assert [repository.enrolment.person.username for repository in StudentRepository.objects.all()] == ["bob"]
    assert not Activity.objects.exists()
    assert not Progress.objects.exists()
    assert "c1" not in str(list(ReceivedEvent.objects.values_list("body", flat=True)))


def test_a_rebuild_does_not_bring_back_work_of_a_replaced_repository(school, send_event):
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=URL)
    complete(send_event)
    other = "https://git.example/alice/other.git"
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=other)
    send_event("OnCloneFailed", repoUrl=other, repoPath="/depot", reason="not_found")

    replay.rebuild(school.course)

    repository = StudentRepository.objects.get()
    assert (repository.url, repository.state) == (other, "failing")
    assert not Progress.objects.exists()


def test_events_about_another_path_survive_the_removal(school, send_event):
    course_tasks.add_task(None, school.course, path="/second", asks_for=Task.Asks.REPOSITORY)
    course_tasks.add_task(None, school.course, path="/second/ex", repo_path="/second")
    repository = student_repositories.give_repository(school.alice.person, school.alice, repo_path="/second", url=URL)
    complete(send_event)
    send_event("OnClone", repoUrl=URL, repoPath="/second")
    send_event("OnExerciseCompleted", exercisePath="/second/ex")
    student_repositories.remove_repository(school.alice.person, repository)

    replay.rebuild(school.course)

    assert states(school.course) == [ALICE_DONE]


def test_a_student_removed_and_enrolled_again_starts_anew_also_after_a_rebuild(school, send_event):
    complete(send_event)
    roster.remove(None, school.alice)
    roster.enrol(None, school.course, username="alice", group_id="A1")
    assert states(school.course) == []

    replay.rebuild(school.course)

    assert states(school.course) == []
    assert not StudentRepository.objects.exists()
