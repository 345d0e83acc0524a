"""The repository of an exercise whose `repo_path` is the default, while the tree of tasks changes."""

import pytest

from courses.domain import course_tasks
from courses.models import OutgoingMessage, Task
from gitsync.models import WatchedExercise

REPOSITORY = Task.Asks.REPOSITORY


def repo_path_of(path):
    """Return the `repo_path` of an exercise, after checking that the Git module watches the same one."""
    repo_path = Task.objects.get(path=path).repo_path
    assert WatchedExercise.objects.get(exercise_path=path).repo_path == repo_path
    return repo_path


@pytest.fixture
def early(school):
    """An exercise without a repository task above it; the tests add that task later."""
    return course_tasks.add_task(None, school.course, path="/tp2/ex1", title="Early")


def test_an_exercise_moves_to_a_repository_that_is_added_above_it(school, early):
    assert repo_path_of("/tp2/ex1") == "/"
    course_tasks.add_task(None, school.course, path="/tp2", asks_for=REPOSITORY)
    assert repo_path_of("/tp2/ex1") == "/tp2"
    assert repo_path_of("/tp1/exercice1") == "/depot"


def test_a_repo_path_that_somebody_chose_stays(school):
    course_tasks.add_task(None, school.course, path="/tp2/ex1", repo_path="/depot")
    repository = course_tasks.add_task(None, school.course, path="/tp2", asks_for=REPOSITORY)
    course_tasks.delete_task(None, repository)
    assert repo_path_of("/tp2/ex1") == "/depot"


def test_an_exercise_moves_when_its_repository_moves_or_becomes_another_kind_of_task(school, early):
    repository = course_tasks.add_task(None, school.course, path="/tp2", asks_for=REPOSITORY)
    course_tasks.change_task(None, repository, path="/tp3")
    assert repo_path_of("/tp2/ex1") == "/"
    course_tasks.change_task(None, repository, path="/tp2")
    assert repo_path_of("/tp2/ex1") == "/tp2"
    course_tasks.change_task(None, repository, asks_for=Task.Asks.NOTHING)
    assert repo_path_of("/tp2/ex1") == "/"
    course_tasks.change_task(None, repository, asks_for=REPOSITORY)
    assert repo_path_of("/tp2/ex1") == "/tp2"


def test_an_exercise_moves_to_the_next_repository_above_when_its_own_is_deleted(school, early):
    course_tasks.add_task(None, school.course, path="/", asks_for=REPOSITORY)
    course_tasks.delete_task(None, course_tasks.add_task(None, school.course, path="/tp2", asks_for=REPOSITORY))
    assert repo_path_of("/tp2/ex1") == "/"


def test_a_git_module_elsewhere_gets_the_new_repo_paths_in_the_order_of_the_exercises(school, early, settings):
    course_tasks.add_task(None, school.course, path="/tp2/ex0", title="Second to come")
    settings.GIT_MODULE_URL = "https://git.example"
    course_tasks.add_task(None, school.course, path="/tp2", asks_for=REPOSITORY)
    messages = [(row.kind, row.body.get("exercisePath"), row.body["repoPath"]) for row in OutgoingMessage.objects.all()]
    assert messages == [
        ("RegisterGitRepoForCourse", None, "/tp2"),
        ("ModifyExercise", "/tp2/ex1", "/tp2"),
        ("ModifyExercise", "/tp2/ex0", "/tp2"),
    ]


def test_a_student_s_page_asks_for_the_new_repository_only(school, early, client_of):
    course_tasks.add_task(None, school.course, path="/tp2", title="Second repository", asks_for=REPOSITORY)
    page = client_of(school.alice.person).get(f"/courses/{school.course.pk}/students/alice/").content.decode()
    assert "at=/tp2" in page.replace("%2F", "/")
    assert 'at=/"' not in page.replace("%2F", "/")


def test_a_repository_that_becomes_an_exercise_is_not_its_own_repository(school):
    repository = course_tasks.add_task(None, school.course, path="/tp2", asks_for=REPOSITORY)
    course_tasks.change_task(None, repository, path="/tp2/ex", asks_for=Task.Asks.EXERCISE, repo_path="")
    assert repo_path_of("/tp2/ex") == "/"


@pytest.mark.parametrize("change", [{"asks_for": "nothing"}, {"path": "/tp3"}])
def test_the_form_lists_the_exercises_that_would_move_and_asks_to_confirm(school, early, client_of, change):
    repository = course_tasks.add_task(None, school.course, path="/tp2", title="Second", asks_for=REPOSITORY)
    client, page = client_of(school.course.teacher), f"/courses/{school.course.pk}/tasks/{repository.pk}/edit/"
    assert (
        "1 exercise is read in a repository at / then." in client.get(page).content.decode()
    )  # beside the button "Delete"

    form = {"title": "Second", "path": "/tp2", "asks_for": "repository", **change}
    response = client.post(page, form)
    assert response.status_code == 422
    assert response.context["moves"] == ["1 exercise is read in a repository at / then."]
    assert repo_path_of("/tp2/ex1") == "/tp2"

    assert client.post(page, form | {"agreed": "1 exercise is read in a repository at / then."}).status_code == 302
    assert repo_path_of("/tp2/ex1") == "/"


def test_another_title_of_a_repository_is_saved_without_a_confirmation(school, early, client_of):
    repository = course_tasks.add_task(None, school.course, path="/tp2", title="Second", asks_for=REPOSITORY)
    page = f"/courses/{school.course.pk}/tasks/{repository.pk}/edit/"
    form = {"title": "Other", "path": "/tp2", "asks_for": "repository"}
    assert client_of(school.course.teacher).post(page, form).status_code == 302
