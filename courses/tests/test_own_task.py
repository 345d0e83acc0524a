"""A student's page of a task, and the statement that the teacher writes for it in Markdown."""

import pytest
from django.urls import reverse

from courses.domain import course_tasks, roster
from courses.models import Task
from courses.tests.conftest import REPOSITORY_URL

STATEMENT = "Write **two** functions\n\n# Rules\n\n<script>x</script>"


def own(task):
    return reverse("task-own", args=[task.course_id, task.pk])


@pytest.fixture
def pages(school, client_of):
    """`pages(task)` returns the HTML of its page for a student and for the teacher."""

    def read(task):
        address = reverse("course-task", args=[task.course_id, task.pk])
        return [
            client_of(reader).get(address, follow=True).content.decode()
            for reader in (school.alice.person, school.course.teacher)
        ]

    return read


def test_a_teacher_writes_a_statement_and_the_class_reads_it(school, client_of, pages):
    form = {"title": "First", "path": "/tp1/exercice1", "asks_for": "exercise", "statement": STATEMENT}
    edit = reverse("task-edit", args=[school.course.pk, school.first.pk])
    teacher = client_of(school.course.teacher)
    assert teacher.post(edit, form).status_code == 302
    assert "Write **two** functions" in teacher.get(edit).content.decode()
    for text in pages(school.first):
        assert "<p>Write <strong>two</strong> functions</p>\n<h3>Rules</h3>" in text
        assert "&lt;script&gt;x" in text
    for text in pages(school.second):
        assert "at-prose" not in text


def test_a_statement_that_is_too_long_is_refused_at_its_field(school, client_of):
    form = {"title": "First", "path": "/x", "asks_for": "exercise", "statement": "x" * 50_001}
    response = client_of(school.course.teacher).post(reverse("task-new", args=[school.course.pk]), form)
    assert list(response.context["form"].errors) == ["statement"]


def test_a_student_s_page_shows_the_repository_the_folder_and_the_completing_commit(school, client_of, send_event):
    client = client_of(school.alice.person)
    text = client.get(own(school.second)).content.decode()
    assert "” first" in text
    assert reverse("course-repository", args=[school.course.pk, "alice"]) in text
    send_event("OnCloneFailed", "alice", repoUrl=REPOSITORY_URL.format("alice"), repoPath="/depot", reason="not_found")
    assert "Repair" in client.get(own(school.second)).content.decode()
    send_event("OnClone", "alice", repoUrl=REPOSITORY_URL.format("alice"), repoPath="/depot")
    text = client.get(own(school.second)).content.decode()
    assert "in the repository “Dépôt”" in text
    assert "folder /tp1/exercice2" in text
    assert "commit “Exercice 2” when it is done" in text
    assert "The repository and its state" in client.get(own(school.repository)).content.decode()
    assert client.get(own(school.chapter)).status_code == 200
    assert client.post(own(school.second), {"give": "1"}).status_code == 422


def test_the_list_links_to_each_task_and_to_chapters_with_a_statement(school, client_of):
    course_tasks.change_task(None, school.chapter, statement="Read this first")
    other = course_tasks.add_task(None, school.course, path="/tp2", title="Silent", asks_for=Task.Asks.NOTHING)
    home = reverse("course-student", args=[school.course.pk, "alice"])
    text = client_of(school.alice.person).get(home).content.decode()
    for task in (school.first, school.second, school.chapter):
        assert f'href="{own(task)}"' in text
    assert own(other) not in text


def test_lists_of_tasks_do_not_load_their_statements(school, client_of, queries_of):
    course_tasks.change_task(None, school.first, statement=STATEMENT)
    for reader, address in (
        (school.course.teacher, reverse("course-matrix", args=[school.course.pk])),
        (school.course.teacher, reverse("course-tasks", args=[school.course.pk])),
        (school.course.teacher, reverse("courses")),
        (school.alice.person, reverse("course-student", args=[school.course.pk, "alice"])),
        (school.alice.person, reverse("home")),
    ):
        client = client_of(reader)
        queries = [sql for sql in queries_of(lambda read=client, at=address: read.get(at)) if "courses_task" in sql]
        assert queries
        assert not any('"statement", ' in sql.replace("`", '"') for sql in queries), address


def test_a_student_s_link_leads_a_teacher_to_the_page_of_the_class(school, staff, person, client_of):
    of_class = reverse("course-task", args=[school.course.pk, school.first.pk])
    roster.enrol(None, school.course, username=person("helper").username, role="assistant")
    helper = school.course.enrolments.get(role="assistant").person
    for reader in (school.course.teacher, staff, helper):
        assert client_of(reader).get(own(school.first)).headers["Location"] == of_class
        assert client_of(reader).post(own(school.first), {"give": "1"}).status_code == 403
    assert client_of(person("stranger")).get(own(school.first)).status_code in (403, 404)
