"""The commands of tasks, and what they change in the Git module."""

import contextlib
import threading

import pytest
from django.db import connection

from courses.domain import course_tasks
from courses.git import git_module
from courses.models import Task
from courses.tests.conftest import watched_exercises
from gitsync.models import ExpectedRepository, WatchedExercise
from kernel.errors import Conflict, Malformed


def test_the_git_module_learns_of_exercises_and_repositories(school):
    assert watched_exercises() == [
        ("/tp1/exercice1", "/depot", "/tp1/exercice1", "Exercice 1"),
        ("/tp1/exercice2", "/depot", "/tp1/exercice2", "Exercice 2"),
    ]
    assert [row.repo_path for row in ExpectedRepository.objects.all()] == ["/depot"]


def test_the_git_module_learns_of_another_folder_but_not_of_another_title(school):
    course_tasks.change_task(None, school.first, source_folder_path="src/one", title="First")
    assert watched_exercises()[0] == ("/tp1/exercice1", "/depot", "/src/one", "Exercice 1")


def test_the_git_module_watches_a_changed_path_in_place_of_the_old_one(school):
    course_tasks.change_task(None, school.first, path="/tp1/renamed")
    assert [row[0] for row in watched_exercises()] == ["/tp1/exercice2", "/tp1/renamed"]


def test_the_git_module_stops_watching_an_exercise_that_becomes_a_tick_or_is_deleted(school):
    course_tasks.change_task(None, school.first, asks_for=Task.Asks.TICK)
    course_tasks.delete_task(None, school.second)
    assert watched_exercises() == []


def test_a_second_task_with_the_same_path_is_refused(school):
    with pytest.raises(Conflict):
        course_tasks.add_task(None, school.course, path="/tp1/exercice1")
    assert len(watched_exercises()) == 2


@pytest.mark.database
def test_paths_that_differ_in_case_or_accents_are_different_paths(school):
    course_tasks.add_task(None, school.course, path="/TP1/exercice1", repo_path="/depot")
    course_tasks.add_task(None, school.course, path="/tp1/éxercice1", repo_path="/depot")
    assert len(watched_exercises()) == 4


def test_empty_fields_of_a_new_exercise_get_their_defaults(school):
    course_tasks.add_task(None, school.course, path="/tps", asks_for=Task.Asks.REPOSITORY)
    task = course_tasks.add_task(None, school.course, path="tps/tp 9")
    assert (task.path, task.title, task.repo_path) == ("/tps/tp 9", "tp 9", "/tps")
    assert (task.source_folder_path, task.completion_keywords) == ("/tps/tp 9", "tp 9")


@pytest.mark.parametrize("path", ["/a/../b", "/" + "x" * 300, "/a\0b"])
def test_a_malformed_path_is_refused(school, path):
    with pytest.raises(Malformed):
        course_tasks.add_task(None, school.course, path=path)


@pytest.mark.parametrize(
    ("changes", "repo_path"),
    [
        ({"repo_path": ""}, "/depot"),
        ({"repo_path": "/elsewhere"}, "/elsewhere"),
        ({"path": "/other/ex", "repo_path": ""}, "/"),
    ],
)
def test_an_empty_repo_path_in_a_change_becomes_the_nearest_repository_above(school, changes, repo_path):
    task = course_tasks.add_task(None, school.course, path="/depot/ex", repo_path="/somewhere")
    assert course_tasks.change_task(None, task, **changes).repo_path == repo_path


def test_a_chapter_that_becomes_an_exercise_is_read_in_the_nearest_repository_above(school):
    chapter = course_tasks.add_task(None, school.course, path="/depot/ex", asks_for=Task.Asks.NOTHING)
    form_values = {"asks_for": Task.Asks.EXERCISE, "repo_path": chapter.repo_path}  # as the form sends them
    assert course_tasks.change_task(None, chapter, **form_values).repo_path == "/depot"


def test_a_refused_task_form_shows_the_error_at_its_field_and_keeps_the_input(school, client_of):
    client = client_of(school.course.teacher)
    form = {"title": "Again", "path": "/tp1/exercice1", "asks_for": "exercise"}
    response = client.post(f"/courses/{school.course.pk}/tasks/new/", form)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["path"]
    assert 'value="Again"' in response.content.decode()


def test_two_changes_of_different_fields_are_both_kept(school):
    mine, theirs = (Task.objects.get(pk=school.first.pk) for _ in range(2))
    course_tasks.change_task(None, theirs, title="Theirs")
    course_tasks.change_task(None, mine, source_folder_path="/mine")
    saved = Task.objects.get(pk=school.first.pk)
    assert (saved.title, saved.source_folder_path) == ("Theirs", "/mine")


def test_a_change_does_not_bring_a_deleted_task_back(school):
    task = Task.objects.get(pk=school.first.pk)
    course_tasks.delete_task(None, Task.objects.get(pk=school.first.pk))
    with pytest.raises(Conflict):
        course_tasks.change_task(None, task, title="Back")
    assert not Task.objects.filter(path=task.path, course=task.course_id).exists()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_simultaneous_change_and_deletion_cause_no_deadlock(school, monkeypatch):
    barrier = threading.Barrier(2)
    delete, modify, failures = git_module.delete_exercise, git_module.modify_exercise, []

    def meet():
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(0.5)

    monkeypatch.setattr(git_module, "delete_exercise", lambda task: (delete(task), meet()))
    monkeypatch.setattr(git_module, "modify_exercise", lambda before, task: (meet(), modify(before, task)))

    def run(command, **changes):
        task = Task.objects.select_related("course__semester__teacher").get(pk=school.first.pk)
        try:
            command(None, task, **changes)
        except Conflict:
            pass  # the task was deleted first
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(course_tasks.delete_task,)),
        threading.Thread(target=run, args=(course_tasks.change_task,), kwargs={"completion_keywords": "other"}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert not Task.objects.filter(pk=school.first.pk).exists()
    assert ("/tp1/exercice1",) not in WatchedExercise.objects.values_list("exercise_path")
