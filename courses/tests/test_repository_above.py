"""Exercises that read the nearest repository above go on doing so while the tree of tasks changes."""

import pytest

from courses.domain import course_tasks
from courses.models import OutgoingMessage, Task
from gitsync.models import WatchedExercise

REPOSITORY = Task.Asks.REPOSITORY


def read_at(path):
    """Where an exercise is read, said by both: the task and what the Git module watches."""
    place = Task.objects.get(path=path).repo_path
    assert WatchedExercise.objects.get(exercise_path=path).repo_path == place
    return place


@pytest.fixture
def early(school):
    """An exercise that was there before its repository."""
    return course_tasks.add_task(None, school.course, path="/tp2/ex1", title="Early")


def test_an_exercise_reads_the_repository_that_is_added_above_it_later(school, early):
    assert read_at("/tp2/ex1") == "/"
    course_tasks.add_task(None, school.course, path="/tp2", asks_for=REPOSITORY)
    assert read_at("/tp2/ex1") == "/tp2"
    assert read_at("/tp1/exercice1") == "/depot"


def test_a_place_that_was_named_stays(school):
    course_tasks.add_task(None, school.course, path="/tp2/ex1", repo_path="/depot")
    repository = course_tasks.add_task(None, school.course, path="/tp2", asks_for=REPOSITORY)
    course_tasks.delete_task(None, repository)
    assert read_at("/tp2/ex1") == "/depot"


def test_an_exercise_follows_a_repository_that_moves_or_asks_for_something_else(school, early):
    repository = course_tasks.add_task(None, school.course, path="/tp2", asks_for=REPOSITORY)
    course_tasks.change_task(None, repository, path="/tp3")
    assert read_at("/tp2/ex1") == "/"
    course_tasks.change_task(None, repository, path="/tp2")
    assert read_at("/tp2/ex1") == "/tp2"
    course_tasks.change_task(None, repository, asks_for=Task.Asks.NOTHING)
    assert read_at("/tp2/ex1") == "/"
    course_tasks.change_task(None, repository, asks_for=REPOSITORY)
    assert read_at("/tp2/ex1") == "/tp2"


def test_without_its_repository_an_exercise_reads_the_next_one_above(school, early):
    course_tasks.add_task(None, school.course, path="/", asks_for=REPOSITORY)
    course_tasks.delete_task(None, course_tasks.add_task(None, school.course, path="/tp2", asks_for=REPOSITORY))
    assert read_at("/tp2/ex1") == "/"


def test_a_git_module_elsewhere_is_told_of_the_other_place_in_the_order_of_the_exercises(school, early, settings):
    course_tasks.add_task(None, school.course, path="/tp2/ex0", title="Second to come")
    settings.GIT_MODULE_URL = "https://git.example"
    course_tasks.add_task(None, school.course, path="/tp2", asks_for=REPOSITORY)
    told = [(row.kind, row.body.get("exercisePath"), row.body["repoPath"]) for row in OutgoingMessage.objects.all()]
    assert told == [
        ("RegisterGitRepoForCourse", None, "/tp2"),
        ("ModifyExercise", "/tp2/ex1", "/tp2"),
        ("ModifyExercise", "/tp2/ex0", "/tp2"),
    ]


def test_a_student_who_gave_the_new_repository_is_asked_for_no_other(school, early, client_of):
    course_tasks.add_task(None, school.course, path="/tp2", title="Second repository", asks_for=REPOSITORY)
    page = client_of(school.alice.person).get(f"/courses/{school.course.pk}/students/alice/").content.decode()
    assert "at=/tp2" in page.replace("%2F", "/")
    assert 'at=/"' not in page.replace("%2F", "/")


def test_a_repository_that_becomes_an_exercise_reads_no_repository_of_its_own(school):
    repository = course_tasks.add_task(None, school.course, path="/tp2", asks_for=REPOSITORY)
    course_tasks.change_task(None, repository, path="/tp2/ex", asks_for=Task.Asks.EXERCISE, repo_path="")
    assert read_at("/tp2/ex") == "/"


@pytest.mark.parametrize("change", [{"asks_for": "nothing"}, {"path": "/tp3"}])
def test_the_page_says_which_exercises_fall_to_another_place_before_it_moves_them(school, early, client_of, change):
    repository = course_tasks.add_task(None, school.course, path="/tp2", title="Second", asks_for=REPOSITORY)
    client, page = client_of(school.course.teacher), f"/courses/{school.course.pk}/tasks/{repository.pk}/edit/"
    assert "1 exercise is read in a repository at / then." in client.get(page).content.decode()  # beside "Delete"

    told = {"title": "Second", "path": "/tp2", "asks_for": "repository", **change}
    answer = client.post(page, told)
    assert answer.status_code == 422
    assert answer.context["moves"] == ["1 exercise is read in a repository at / then."]
    assert read_at("/tp2/ex1") == "/tp2"

    assert client.post(page, told | {"agreed": "1 exercise is read in a repository at / then."}).status_code == 302
    assert read_at("/tp2/ex1") == "/"


def test_another_title_of_a_repository_is_saved_at_once(school, early, client_of):
    repository = course_tasks.add_task(None, school.course, path="/tp2", title="Second", asks_for=REPOSITORY)
    page = f"/courses/{school.course.pk}/tasks/{repository.pk}/edit/"
    told = {"title": "Other", "path": "/tp2", "asks_for": "repository"}
    assert client_of(school.course.teacher).post(page, told).status_code == 302
