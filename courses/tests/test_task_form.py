"""The form of a task: the fields of Git only for Git exercises."""

import pytest
from playwright.sync_api import expect

from courses.models import Task

GIT_LABELS = ["Repository at", "Source folder", "Completion keywords"]


@pytest.mark.django_db
def test_the_git_fields_of_another_kind_of_task_are_ignored_also_where_they_are_wrong(school, client_of):
    client, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/tasks/new/"
    hidden = {"repo_path": "/nowhere", "source_folder_path": "x" * 1001, "completion_keywords": "x" * 1001}
    answer = client.post(address, {"title": "Essay", "path": "/essay", "asks_for": "text"} | hidden)
    assert answer.status_code == 302
    task = Task.objects.get(path="/essay")
    assert (task.source_folder_path, task.completion_keywords) == ("", "")
    answer = client.post(address, {"title": "Exercise", "path": "/exercise", "asks_for": "exercise"} | hidden)
    assert list(answer.context["form"].errors) == ["repo_path", "source_folder_path", "completion_keywords"]


@pytest.mark.django_db
def test_the_first_task_of_a_course_is_a_repository_unless_somebody_chooses_another_kind(school, client_of):
    client, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/tasks/new/"
    assert client.get(address).context["form"]["asks_for"].value() == "exercise"
    Task.objects.all().delete()
    assert client.get(address).context["form"]["asks_for"].value() == "repository"


@pytest.mark.django_db
def test_an_exercise_that_becomes_a_text_keeps_its_git_fields(school, client_of):
    client, task = client_of(school.course.teacher), school.first
    Task.objects.filter(pk=task.pk).update(completion_keywords="done it")
    values = {"title": task.title, "path": task.path, "completion_keywords": "other"}
    client.post(f"/courses/{school.course.pk}/tasks/{task.pk}/edit/", values | {"asks_for": "text"})
    task.refresh_from_db()
    assert (task.asks_for, task.completion_keywords) == ("text", "done it")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scripts", [True, False])
def test_the_git_fields_show_only_for_a_git_exercise(school, browser_page, scripts):
    page = browser_page(school.course.teacher, scripts=scripts)
    page.goto(f"/courses/{school.course.pk}/tasks/new/")
    for kind, shown in (("exercise", True), ("text", False), ("repository", False), ("exercise", True)):
        page.get_by_label("Asks for").select_option(kind)
        for label in GIT_LABELS:
            expect(page.get_by_label(label)).to_be_visible(visible=shown)
