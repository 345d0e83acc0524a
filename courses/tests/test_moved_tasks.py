"""A chapter that gets another path takes its tasks along, or keeps its path."""

import pytest
from django.utils import timezone

from courses.domain import counted_completions, course_tasks
from courses.models import CountedCompletion, Progress, StudentRepository, Task
from courses.tests.conftest import DEADLINE, complete_exercise, watched_exercises
from kernel.database.text_hash import text_hash
from kernel.errors import Conflict

pytestmark = pytest.mark.django_db


def paths():
    return list(Task.objects.order_by("path").values_list("path", flat=True))


def test_the_tasks_below_move_along_and_stay_below(school, essay, client_of):
    tick = course_tasks.add_task(None, school.course, path="/tp1/deep/rules", asks_for=Task.Asks.TICK)
    page = f"/courses/{school.course.pk}/tasks/{school.chapter.pk}/edit/"
    form = {"title": "Lists", "path": "/lists", "asks_for": "nothing"}
    assert client_of(school.course.teacher).post(page, form).status_code == 302
    assert paths() == ["/depot", "/essay", "/lists", "/lists/deep/rules", "/lists/exercice1", "/lists/exercice2"]
    tick.refresh_from_db()
    assert tick.path_hash == text_hash("/lists/deep/rules")
    assert watched_exercises() == [  # the students' folders stay where they are
        ("/lists/exercice1", "/depot", "/tp1/exercice1", "Exercice 1"),
        ("/lists/exercice2", "/depot", "/tp1/exercice2", "Exercice 2"),
    ]


def test_a_path_that_is_taken_is_refused_and_nothing_moves(school):
    course_tasks.add_task(None, school.course, path="/lists/exercice2", repo_path="/depot")
    before = paths()
    with pytest.raises(Conflict) as refusal:
        course_tasks.change_task(None, school.chapter, path="/lists")
    assert refusal.value.field == "path"
    assert paths() == before


def test_a_chapter_with_repositories_that_students_gave_keeps_its_path(school):
    course_tasks.add_task(None, school.course, path="/tp1/repo", asks_for=Task.Asks.REPOSITORY)
    StudentRepository.objects.create(
        enrolment=school.alice,
        repo_path="/tp1/repo",
        repo_path_hash=text_hash("/tp1/repo"),
        url="https://git.example/a.git",
        since=timezone.now(),
    )
    with pytest.raises(Conflict):
        course_tasks.change_task(None, school.chapter, path="/lists")
    assert "/tp1/repo" in paths()
    StudentRepository.objects.all().delete()
    exercise = course_tasks.add_task(None, school.course, path="/tp9", repo_path="/tp1/repo")
    course_tasks.change_task(None, school.chapter, path="/lists")
    exercise.refresh_from_db()
    assert exercise.repo_path == "/lists/repo"
    assert ("/tp9", "/lists/repo", "/tp9", "tp9") in watched_exercises()


def test_counted_completions_move_with_their_task(school, send_event):
    complete_exercise(send_event, "alice", at=DEADLINE)
    lost = {"exerciseCompleted": "False", "reason": "rewritten"}
    send_event("OnExerciseCompletedUpdate", exercisePath="/tp1/exercice1", **lost)
    counted_completions.count_completion(None, school.first, school.alice)
    course_tasks.change_task(None, school.chapter, path="/lists")
    assert CountedCompletion.objects.get().task.path == "/lists/exercice1"
    assert Progress.objects.get(task=school.first).state == "done"


def test_a_task_may_move_to_the_path_that_another_one_leaves(school):
    """/tp1/exercice1 becomes /tp1/deep/exercice1 while the task that is there becomes /tp1/deep/deep/exercice1."""
    course_tasks.add_task(None, school.course, path="/tp1/deep/exercice1", repo_path="/depot", title="Deep")
    course_tasks.change_task(None, school.chapter, path="/tp1/deep")
    assert [path for path in paths() if path.startswith("/tp1")] == [
        "/tp1/deep",
        "/tp1/deep/deep/exercice1",
        "/tp1/deep/exercice1",
        "/tp1/deep/exercice2",
    ]
    assert [(path, folder) for path, _repo, folder, _keyword in watched_exercises() if "exercice1" in path] == [
        ("/tp1/deep/deep/exercice1", "/tp1/deep/exercice1"),
        ("/tp1/deep/exercice1", "/tp1/exercice1"),
    ]
    assert all(task.path_hash == text_hash(task.path) for task in Task.objects.all())


@pytest.mark.parametrize("moved", ["chapter", "first"])
def test_a_completion_that_a_rewrite_removed_stays_visible_after_a_move(school, send_event, moved):
    complete_exercise(send_event, "alice", at=DEADLINE)
    lost = {"exerciseCompleted": "False", "reason": "rewritten"}
    send_event("OnExerciseCompletedUpdate", exercisePath="/tp1/exercice1", **lost)
    before = Progress.objects.get(task=school.first, enrolment=school.alice)
    path = "/lists" if moved == "chapter" else "/lists/exercice1"
    course_tasks.change_task(None, getattr(school, moved), path=path)
    after = Progress.objects.get(task=school.first, enrolment=school.alice)
    assert (after.task.path, after.state) == ("/lists/exercice1", Progress.State.REMOVED)
    assert (after.since, after.completed_time) == (before.since, before.completed_time)
