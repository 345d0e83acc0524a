"""The verbs of tasks, through the pages: what the Git module watches follows."""

import contextlib
import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from accounts.models import AuditEvent
from courses.domain import course_tasks, courses, roster
from courses.git import git_module
from courses.models import Course, Enrolment, Task
from gitsync.models import ExpectedRepository, Registration, WatchedExercise
from kernel.errors import Conflict, Malformed


def watched():
    rows = WatchedExercise.objects.order_by("exercise_path")
    return [(row.exercise_path, row.repo_path, row.source_folder_path, row.completion_keywords) for row in rows]


def test_exercises_and_repositories_are_told_to_the_git_module(school):
    assert watched() == [
        ("/tp1/exercice1", "/depot", "/tp1/exercice1", "Exercice 1"),
        ("/tp1/exercice2", "/depot", "/tp1/exercice2", "Exercice 2"),
    ]
    assert [row.repo_path for row in ExpectedRepository.objects.all()] == ["/depot"]


def test_another_folder_is_told_and_a_title_alone_is_not(school):
    course_tasks.change_task(None, school.first, source_folder_path="src/one", title="First")
    assert watched()[0] == ("/tp1/exercice1", "/depot", "/src/one", "Exercice 1")


def test_another_path_is_another_exercise(school):
    course_tasks.change_task(None, school.first, path="/tp1/renamed")
    assert [row[0] for row in watched()] == ["/tp1/exercice2", "/tp1/renamed"]


def test_an_exercise_that_becomes_a_tick_or_goes_away_is_watched_no_longer(school):
    course_tasks.change_task(None, school.first, asks_for=Task.Asks.TICK)
    course_tasks.delete_task(None, school.second)
    assert watched() == []


def test_two_tasks_never_share_a_path(school):
    with pytest.raises(Conflict):
        course_tasks.add_task(None, school.course, path="/tp1/exercice1")
    assert len(watched()) == 2


@pytest.mark.database
def test_paths_are_compared_to_the_letter(school):
    course_tasks.add_task(None, school.course, path="/TP1/exercice1", repo_path="/depot")
    course_tasks.add_task(None, school.course, path="/tp1/éxercice1", repo_path="/depot")
    assert len(watched()) == 4


def test_left_empty_the_fields_of_an_exercise_follow_from_its_path(school):
    course_tasks.add_task(None, school.course, path="/tps", asks_for=Task.Asks.REPOSITORY)
    task = course_tasks.add_task(None, school.course, path="tps/tp 9")
    assert (task.path, task.title, task.repo_path) == ("/tps/tp 9", "tp 9", "/tps")
    assert (task.source_folder_path, task.completion_keywords) == ("/tps/tp 9", "tp 9")


@pytest.mark.parametrize("path", ["/a/../b", "/" + "x" * 300, "/a\0b"])
def test_an_odd_path_is_refused(school, path):
    with pytest.raises(Malformed):
        course_tasks.add_task(None, school.course, path=path)


def test_a_course_is_made_once_and_only_for_a_teacher(school, alice):
    teacher = school.course.teacher
    with pytest.raises(Conflict):
        courses.create_course(None, teacher, semester_id="A2026", course_id="StruDon", title="Again")
    with pytest.raises(Malformed):
        courses.create_course(None, alice, semester_id="A2026", course_id="Mine", title="Mine")


def test_another_group_moves_the_registration(school):
    from courses.domain import student_repositories

    url = "https://git.example/a.git"
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=url)
    roster.enrol(None, school.course, username="alice", group_id="B7")
    assert Registration.objects.get().group_id == "B7"


def test_a_student_whose_repository_is_not_let_in_any_more_moves_to_another_group(school, settings):
    from courses.domain import student_repositories

    url = "https://git.example/a.git"
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=url)
    settings.GIT_HOSTS = ["forge.example"]
    roster.enrol(None, school.course, username="alice", group_id="B7")
    assert (Registration.objects.get().group_id, Registration.objects.get().repo_url) == ("B7", url)


@pytest.mark.parametrize(
    ("changes", "repo_path"),
    [
        ({"repo_path": ""}, "/depot"),
        ({"repo_path": "/elsewhere"}, "/elsewhere"),
        ({"path": "/other/ex", "repo_path": ""}, "/"),
    ],
)
def test_left_empty_when_it_is_changed_the_repository_is_the_nearest_above_too(school, changes, repo_path):
    task = course_tasks.add_task(None, school.course, path="/depot/ex", repo_path="/somewhere")
    assert course_tasks.change_task(None, task, **changes).repo_path == repo_path


def test_a_chapter_that_becomes_an_exercise_reads_the_nearest_repository_above(school):
    chapter = course_tasks.add_task(None, school.course, path="/depot/ex", asks_for=Task.Asks.NOTHING)
    told = {"asks_for": Task.Asks.EXERCISE, "repo_path": chapter.repo_path}  # as the form has it
    assert course_tasks.change_task(None, chapter, **told).repo_path == "/depot"


def test_enrolling_twice_changes_nothing(school):
    events = AuditEvent.objects.count()
    roster.enrol(None, school.course, username="alice", group_id="A1")
    assert (Enrolment.objects.count(), AuditEvent.objects.count()) == (2, events)


def test_somebody_taken_out_leaves_no_registration(school):
    from courses.domain import student_repositories

    student_repositories.give_repository(
        school.alice.person, school.alice, repo_path="/depot", url="https://git.example/a.git"
    )
    roster.remove(None, school.alice)
    assert not Registration.objects.exists()
    assert Enrolment.objects.count() == 1


def test_a_teacher_makes_a_course_and_a_task_by_forms(teacher, client_of):
    client = client_of(teacher)
    form = {"title": "Systems", "course_id": "Sys", "semester_id": "A2026"}
    assert client.post("/courses/new/", form).status_code == 302
    course = Course.objects.get()

    form = {"title": "TP 1", "path": "tp1", "asks_for": "exercise", "deadline": "2026-11-08T23:59"}
    assert client.post(f"/courses/{course.pk}/tasks/new/", form).status_code == 302

    task = Task.objects.get()
    assert (task.path, task.deadline) == ("/tp1", datetime(2026, 11, 8, 22, 59, tzinfo=UTC))  # the course is in Paris
    assert watched() == [("/tp1", "/", "/tp1", "TP 1")]

    form |= {"title": "TP one", "deadline": ""}
    assert client.post(f"/courses/{course.pk}/tasks/{task.pk}/edit/", form).status_code == 302
    task.refresh_from_db()
    assert (task.title, task.deadline) == ("TP one", None)
    assert client.post(f"/courses/{course.pk}/tasks/{task.pk}/delete/").status_code == 302
    assert watched() == []


def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(school, client_of):
    client = client_of(school.course.teacher)
    form = {"title": "Again", "path": "/tp1/exercice1", "asks_for": "exercise"}
    answer = client.post(f"/courses/{school.course.pk}/tasks/new/", form)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["path"]
    assert 'value="Again"' in answer.content.decode()


def test_the_roster_takes_all_lines_or_none(school, person, client_of):
    person("dora")
    client = client_of(school.course.teacher)
    address = f"/courses/{school.course.pk}/roster/"

    answer = client.post(address, {"people": "dora;A1\nnobody.here;A1"})
    assert answer.status_code == 422
    assert "Line 2" in answer.context["form"].errors["people"][0]
    assert Enrolment.objects.count() == 2

    assert client.post(address, {"people": "dora ; A1\n\n"}).status_code == 302
    assert Enrolment.objects.get(person__username="dora").group.group_id == "A1"


def test_the_roster_names_the_line_and_what_is_wrong_with_it(school, client_of):
    client, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/roster/"

    def fault(people):
        answer = client.post(address, {"people": people})
        assert answer.status_code == 422
        return answer.context["form"].errors["people"][0]

    assert "Line 3: Nobody here" in fault("\n  \nnobody.here")
    assert "Line 2: User name must be" in fault("alice\n ; A1")
    assert "Line 1: Group must be" in fault("alice; the first")
    assert "required" in fault("  \n \n")
    assert Enrolment.objects.filter(group__group_id="A1").get() == school.alice


def test_the_same_people_pasted_without_groups_stay_where_and_what_they_are(school, person, client_of):
    person("zoe")
    roster.enrol(None, school.course, username="zoe", group_id="A1", role="assistant")
    client, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/roster/"

    assert client.post(address, {"people": "alice\nzoe;A2\nbob;"}).status_code == 302

    rows = school.course.enrolments.order_by("person__username")
    assert list(rows.values_list("person__username", "role", "group__group_id")) == [
        ("alice", "student", "A1"),
        ("bob", "student", None),
        ("zoe", "assistant", "A2"),
    ]


def test_a_student_makes_no_course(alice, client_of):
    assert client_of(alice).get("/courses/new/").status_code == 403


def test_a_refused_form_names_the_input_as_its_label_does(client_of, teacher, school):
    client = client_of(teacher)
    page = client.post("/courses/new/", {"title": "Systems", "course_id": "Sys tems", "semester_id": "A2026"})
    assert "Course code must be" in page.content.decode()
    page = client.post(
        f"/courses/{school.course.pk}/tasks/new/", {"title": "T", "path": "/a/..", "asks_for": "exercise"}
    )
    assert "Path has a part" in page.content.decode()


def test_two_who_change_different_fields_of_a_task_both_change_them(school):
    mine, theirs = (Task.objects.get(pk=school.first.pk) for _ in range(2))
    course_tasks.change_task(None, theirs, title="Theirs")
    course_tasks.change_task(None, mine, source_folder_path="/mine")
    found = Task.objects.get(pk=school.first.pk)
    assert (found.title, found.source_folder_path) == ("Theirs", "/mine")


def test_a_deleted_task_is_not_brought_back_by_a_change(school):
    seen = Task.objects.get(pk=school.first.pk)
    course_tasks.delete_task(None, Task.objects.get(pk=school.first.pk))
    with pytest.raises(Conflict):
        course_tasks.change_task(None, seen, title="Back")
    assert not Task.objects.filter(path=seen.path, course=seen.course_id).exists()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_task_changed_and_deleted_at_once_locks_nobody_out(school, monkeypatch):
    both = threading.Barrier(2)
    delete, modify, failures = git_module.delete_exercise, git_module.modify_exercise, []

    def meet():
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.5)

    monkeypatch.setattr(git_module, "delete_exercise", lambda task: (delete(task), meet()))
    monkeypatch.setattr(git_module, "modify_exercise", lambda before, task: (meet(), modify(before, task)))

    def run(verb, **changes):
        task = Task.objects.select_related("course__semester__teacher").get(pk=school.first.pk)
        try:
            verb(None, task, **changes)
        except Conflict:
            pass  # deleted first
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
