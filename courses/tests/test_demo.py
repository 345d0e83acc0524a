"""The demonstration's courses: filled, read over smart HTTP, matched, reported to the courses and shown."""

import json
import subprocess
import unicodedata

import pytest
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from accounts import demo as people_demo
from accounts.models import AuditEvent, User
from courses.demo import creation
from courses.demo.course_data import COURSES
from courses.demo.scripted_student import SQUASHED, ScriptedStudent
from courses.domain import replay
from courses.models import (
    Activity,
    Answer,
    Course,
    Enrolment,
    Group,
    GroupDeadline,
    Progress,
    ReceivedEvent,
    Semester,
    StudentRepository,
    Task,
)
from courses.pages.matrix import build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.tests.demo_forge import run_worker, serve_demo
from gitsync.demo import locations, repositories
from gitsync.models import Commit, Completion, CourseKey, LocalCopy, Match, OutboxEvent, Push, Registration, StudentKey


@pytest.fixture
def forge(settings, tmp_path):
    with serve_demo(settings, tmp_path) as web:
        yield web


def sync_again():
    LocalCopy.objects.update(dirty=True, next_attempt_at=timezone.now(), started_at=None)
    run_worker()


@pytest.fixture
def filled(db, forge):
    creation.fill(people_demo.fill(people_demo.FIRST_STUDENTS))
    run_worker()
    return Course.objects.get(course_id="ProgSys")


def derived_rows():
    return (
        sorted(Activity.objects.values_list("enrolment", "commit_id", "exercise_path", "at", "effort", "completes")),
        sorted(Progress.objects.values_list("enrolment", "task", "state", "completed_time", "effort", "last_activity")),
        sorted(StudentRepository.objects.values_list("enrolment", "repo_path", "url", "state", "reason")),
    )


def test_every_kind_of_student_is_there(filled):
    class_matrix = build_matrix(filled, MatrixFilters(), timezone.now())

    states = {cell.status.key for row in class_matrix.rows for cell in row.cells}
    assert {"done", "late", "overdue", "failing", "extended", "todo", "blocked"} <= states
    assert (class_matrix.never_pushed, class_matrix.unproven) == (["Jörg Weiß"], [])
    assert [name for name, _since in class_matrix.failing] == ["Արամ Պետրոսյան"]
    assert not ReceivedEvent.objects.exclude(problem="").exists()
    assert Commit.objects.count() > 100


def test_each_special_case_is_visible_to_a_teacher(filled):
    def of(username):
        return {"registration__student__student_id": username}

    (ambiguous,) = Match.objects.filter(reason="ambiguous").select_related("registration__student", "file")
    assert (str(ambiguous.registration.student), ambiguous.file.path) == ("xiaoyu.wang", "commun/fork/exec/outils.c")
    assert ambiguous.candidates == ["/processus/exec", "/processus/fork"]

    finished = Commit.objects.get(message="Bonus : terminé")
    assert finished.repository.registrations.get().student.student_id == "huong.nguyen"
    assert not Completion.objects.filter(commit=finished).exists()
    assert Match.objects.filter(exercise_path="/bonus/capture", **of("huong.nguyen")).exists()

    ahead = Commit.objects.filter(committer_time__gt=F("seen_by"))
    assert {row.repository.registrations.get().student.student_id for row in ahead} == {"daniel.cohen"}

    assert GroupDeadline.objects.get().group.group_id == "A2"
    granted = AuditEvent.objects.filter(verb="courses.grant_extension").values_list("actor__username", flat=True)
    assert list(granted) == ["nadia.benali"]


def test_one_student_rewrites_a_history_once_after_it_was_read(filled, monkeypatch):
    monkeypatch.setattr("courses.demo.scripted_student.post_hook", lambda url, after: "200")
    before = filled.enrolments.get(person__username="youssef.haddad").progress.filter(state="done").count()

    assert "forced" in ScriptedStudent().push(timezone.localtime())
    assert "forced" not in ScriptedStudent().push(timezone.localtime())
    sync_again()

    (push,) = Push.objects.filter(forced=True)
    lost = Commit.objects.filter(repository=push.repository, reachable=False)
    assert push.repository.registrations.get().student.student_id == "youssef.haddad"
    assert lost.count() == SQUASHED
    assert filled.enrolments.get(person__username="youssef.haddad").progress.filter(state="done").count() >= before - 2


def test_the_whole_school_has_two_courses_three_groups_and_forty_students(db, forge):
    people = people_demo.fill()
    creation.fill(people)

    assert (Course.objects.count(), Group.objects.count()) == (2, 3)
    enrolled = Enrolment.objects.values("person").distinct().count()
    assert enrolled == len(people_demo.STUDENTS) == 40
    assert {len(data.students) for data in COURSES} == {28, 20}
    assert set().union(*(data.students for data in COURSES)) == {student.username for student in people_demo.STUDENTS}
    scripts = {unicodedata.name(person.last_name[0]).split()[0] for person in people.values() if person.last_name}
    assert len(scripts) >= 10


def test_most_students_answer_the_questions_of_one_course(db, forge):
    creation.fill(people_demo.fill())
    networks = Course.objects.get(course_id="Reseaux")

    questions = networks.tasks.filter(asks_for__in=Task.ANSWER_KINDS)
    assert sorted(questions.values_list("asks_for", flat=True)) == ["text", "tick"]
    class_matrix = build_matrix(networks, MatrixFilters(), timezone.now())
    for task in questions:
        states = [cell.status.key for row in class_matrix.rows for cell in row.cells if cell.task_id == task.pk]
        assert states.count("done") > len(states) / 2, task
        assert {"done", "overdue"} <= set(states), task
        assert not Answer.objects.filter(task=task, given_at__gt=timezone.now()).exists()
    assert "late" in {cell.status.key for row in class_matrix.rows for cell in row.cells}
    before = derived_rows()
    replay.rebuild(networks)
    assert derived_rows() == before


def test_a_small_school_grows_into_the_whole_one(filled):
    creation.fill(people_demo.fill())
    assert Enrolment.objects.values("person").distinct().count() == 40
    assert Registration.objects.filter(student__student_id="ines.abdelkader").count() == 2


def test_filling_twice_changes_nothing(filled):
    before = derived_rows()
    commits = Commit.objects.count()

    creation.fill(people_demo.fill(people_demo.FIRST_STUDENTS))
    run_worker()

    assert derived_rows() == before
    assert Commit.objects.count() == commits


def test_the_effort_in_the_matrix_is_the_count_of_git(filled):
    enrolment = filled.enrolments.get(person__username="ines.abdelkader")
    command = ["git", "-C", str(locations.folder("ines.abdelkader-progsys")), "log", "--numstat", "--format="]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    counted = {}
    for line in filter(None, lines):
        added, removed, path = line.split("\t")
        if path.endswith("main.c"):
            folder = "/" + path.removesuffix("/main.c")
            counted[folder] = counted.get(folder, 0) + int(added) + int(removed)

    efforts = enrolment.progress.filter(effort__gt=0).values_list("task__path", "effort")
    assert dict(efforts) == counted


def test_the_same_events_over_the_wire_give_the_same_rows(filled, program, api_of):
    """A dashboard elsewhere receives the same events as ours and derives the same rows."""
    before = derived_rows()
    ReceivedEvent.objects.all().delete()
    Progress.objects.filter(task__asks_for=Task.Asks.EXERCISE).delete()
    Activity.objects.all().delete()
    StudentRepository.objects.update(state="waiting", reason="")

    api = api_of(program)
    for sent in OutboxEvent.objects.order_by("pk"):
        body = json.loads(json.dumps(sent.body))
        answer = api.post("/_http/messages/", body, headers={"X-Event-Id": str(sent.event_id)})
        assert answer.status_code == 200

    assert derived_rows() == before


def test_a_scripted_push_arrives_as_activity(filled, settings, live_server):
    settings.PUBLIC_URL = live_server.url
    before = Activity.objects.count()

    student = ScriptedStudent("one")
    student.rewritten = True  # a rewrite has a test of its own
    lines = [student.push(timezone.localtime()) for _ in range(2)]
    assert all(line.endswith("hook 200") for line in lines), lines
    # Remove the pause between two syncs of one repository.
    LocalCopy.objects.filter(dirty=True).update(next_attempt_at=timezone.now(), started_at=None)
    run_worker()

    assert Activity.objects.count() > before, lines


def test_the_third_commit_of_the_scripted_student_completes_the_exercise(filled, monkeypatch):
    monkeypatch.setattr("courses.demo.scripted_student.post_hook", lambda url, after: "200")
    student = ScriptedStudent("two")
    work = student._choose()
    monkeypatch.setattr(student, "_choose", lambda: work)
    student.rewritten = True
    for _ in range(3):
        student.push(timezone.localtime())
    sync_again()

    enrolment, task, name = work
    assert repositories.read_file(locations.folder(name), f"{task.path.strip('/')}/main.c").count("step(") > 0
    assert Progress.objects.get(enrolment=enrolment, task=task).state == "done"


def test_removing_deletes_all_of_it_and_nothing_else(filled, person, tmp_path):
    person("somebody")

    call_command("demo", "--remove")

    assert list(User.objects.values_list("username", flat=True)) == ["somebody"]
    for model in (Course, Semester, Enrolment, Answer, ReceivedEvent, Registration, CourseKey, StudentKey, Commit):
        assert not model.objects.exists(), model
    assert not locations.root().exists()
