"""The command that creates a course, and the forms of a course and its tasks."""

from datetime import UTC, datetime

import pytest

from courses.domain import courses
from courses.models import Course, Task
from courses.tests.conftest import watched_exercises
from kernel.errors import Conflict, Malformed


def test_a_course_is_created_once_and_only_for_a_teacher(school, alice):
    teacher = school.course.teacher
    with pytest.raises(Conflict):
        courses.create_course(None, teacher, semester_id="A2026", course_id="StruDon", title="Again")
    with pytest.raises(Malformed):
        courses.create_course(None, alice, semester_id="A2026", course_id="Mine", title="Mine")


def test_a_teacher_creates_a_course_and_changes_its_tasks_by_forms(teacher, client_of):
    client = client_of(teacher)
    form = {"title": "Systems", "course_id": "Sys", "semester_id": "A2026"}
    assert client.post("/courses/new/", form).status_code == 302
    course = Course.objects.get()

    form = {"title": "TP 1", "path": "tp1", "asks_for": "exercise", "deadline": "2026-11-08T23:59"}
    assert client.post(f"/courses/{course.pk}/tasks/new/", form).status_code == 302

    task = Task.objects.get()
    assert (task.path, task.deadline) == ("/tp1", datetime(2026, 11, 8, 22, 59, tzinfo=UTC))  # the course is in Paris
    assert watched_exercises() == [("/tp1", "/", "/tp1", "TP 1")]

    form |= {"title": "TP one", "deadline": ""}
    assert client.post(f"/courses/{course.pk}/tasks/{task.pk}/edit/", form).status_code == 302
    task.refresh_from_db()
    assert (task.title, task.deadline) == ("TP one", None)
    assert client.post(f"/courses/{course.pk}/tasks/{task.pk}/delete/").status_code == 302
    assert watched_exercises() == []


def test_a_student_may_not_create_a_course(alice, client_of):
    assert client_of(alice).get("/courses/new/").status_code == 403


def test_the_first_click_of_staff_on_an_empty_installation_leads_to_a_teacher_and_then_to_a_course(person, client_of):
    ada = person("ada", kind="student", is_staff=True, is_superuser=True)
    client = client_of(ada)
    assert 'href="/courses/new/"' in client.get("/courses/").content.decode()
    page = client.get("/courses/new/")
    assert page.status_code == 200
    assert "There is no teacher yet" in page.content.decode()
    assert 'href="/admin/accounts/user/add/?kind=teacher"' in page.content.decode()
    assert '<option value="teacher" selected>' in client.get("/admin/accounts/user/add/?kind=teacher").content.decode()

    teacher = person("grace", kind="teacher")
    form = {"title": "Systems", "course_id": "Sys", "semester_id": "A2026"}
    assert client.post("/courses/new/", form).status_code == 422, "whose course it is must be said"
    answer = client.post("/courses/new/", form | {"teacher": teacher.pk})
    course = Course.objects.get()
    assert (answer.headers["Location"], course.teacher) == (f"/courses/{course.pk}/tasks/", teacher)


def test_staff_may_not_give_a_course_to_a_student_and_a_teacher_only_to_themselves(person, client_of, teacher, alice):
    form = {"title": "Systems", "course_id": "Sys", "semester_id": "A2026"}
    ada = client_of(person("ada", is_staff=True))
    assert ada.post("/courses/new/", form | {"teacher": alice.pk}).status_code == 422
    assert "Add a teacher" not in ada.get("/courses/new/").content.decode()
    other = person("other", kind="teacher")
    client_of(teacher).post("/courses/new/", form | {"teacher": other.pk})
    assert Course.objects.get().teacher == teacher


def test_an_error_of_a_form_names_the_field_by_its_label(client_of, teacher, school):
    client = client_of(teacher)
    page = client.post("/courses/new/", {"title": "Systems", "course_id": "Sys tems", "semester_id": "A2026"})
    assert "Course code must be" in page.content.decode()
    page = client.post(
        f"/courses/{school.course.pk}/tasks/new/", {"title": "T", "path": "/a/..", "asks_for": "exercise"}
    )
    assert "Path has a part" in page.content.decode()
