"""Fixtures and builders for the tests of courses: a small course, and events as a Git module sends them."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from calendars.addresses import make_address
from courses.domain import course_tasks, courses, roster, student_repositories
from courses.git.receiver import receive
from courses.models import Course, Group, Task
from courses.tests.forge_class import connect, forge  # noqa: F401 - fixtures
from gitsync.models import Registration, WatchedExercise
from gitsync.reading.colours import PROCESS
from gitsync.tests.builders import sync_now
from gitsync.tests.gitserver import GitServer, Work, serving
from mail.models import Mail

DEADLINE = datetime(2026, 11, 1, 23, 0, tzinfo=UTC)
TUESDAY_MORNING = datetime(2026, 11, 3, 8, 30, tzinfo=UTC)
BEFORE, AFTER = (int((DEADLINE + timedelta(hours=hours)).timestamp()) for hours in (-2, 3))
REPOSITORY_URL = "https://git.example/{}/strudon.git"  # of a student


@pytest.fixture
def school(teacher: Any, alice: Any, bob: Any) -> SimpleNamespace:
    """Course StruDon of `teacher`: one repository, a chapter with two exercises, alice in group A1 and bob in A2.

    Exercise `first` has a deadline, `second` has none; `alice` and `bob` are enrolments.
    """
    course = courses.create_course(teacher, teacher, semester_id="A2026", course_id="StruDon", title="Structures")
    repository = course_tasks.add_task(teacher, course, path="/depot", title="Dépôt", asks_for=Task.Asks.REPOSITORY)
    chapter = course_tasks.add_task(teacher, course, path="/tp1", title="Lists", asks_for=Task.Asks.NOTHING)
    first = course_tasks.add_task(
        teacher, course, path="/tp1/exercice1", title="Exercice 1", repo_path="/depot", deadline=DEADLINE
    )
    second = course_tasks.add_task(teacher, course, path="/tp1/exercice2", title="Exercice 2", repo_path="/depot")
    return SimpleNamespace(
        course=course,
        repository=repository,
        chapter=chapter,
        first=first,
        second=second,
        alice=roster.enrol(teacher, course, username="alice", group_id="A1"),
        bob=roster.enrol(teacher, course, username="bob", group_id="A2"),
    )


@pytest.fixture
def without_mails(school: SimpleNamespace) -> None:
    """Remove the mails about the making of the course."""
    Mail.objects.all().delete()


@pytest.fixture
def essay(school: SimpleNamespace) -> Task:
    """A task of StruDon that asks for a text."""
    return course_tasks.add_task(None, school.course, path="/essay", title="Essay", asks_for="text", deadline=DEADLINE)


@pytest.fixture
def rules(school: SimpleNamespace) -> Task:
    """A task of StruDon that asks for a tick."""
    return course_tasks.add_task(None, school.course, path="/rules", title="Rules", asks_for="tick", deadline=DEADLINE)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still one hour before the deadline; `clock.move_to(moment)` moves it."""
    with time_machine.travel(DEADLINE - timedelta(hours=1), tick=False) as traveller:
        yield traveller


@pytest.fixture
def send_event() -> Callable[..., uuid.UUID]:
    """A function that sends an event to the receiver and returns its id.

    For example `send_event("OnClone", "alice", repoPath="/depot")`.
    """

    def send(kind: str, student: str = "alice", event_id: uuid.UUID | None = None, **body: Any) -> uuid.UUID:
        event_id = event_id or uuid.uuid4()
        receive(event_id, event(kind, student, **body))
        return event_id

    return send


@pytest.fixture
def tell(send_event: Callable[..., uuid.UUID]) -> Callable[..., uuid.UUID]:
    """The same as `send_event`, for the tests that still use this name."""
    return send_event


@pytest.fixture
def fail(school: SimpleNamespace, send_event: Callable[..., uuid.UUID], frozen: time_machine.Traveller) -> Any:
    """`fail("alice", moment)`: from this moment the repository of alice cannot be read. It moves `frozen`."""

    def send(student: str = "alice", moment: datetime = TUESDAY_MORNING, reason: str = "not_found") -> None:
        frozen.move_to(moment)
        url = f"https://git.example/{student}/x"
        send_event("OnPullFailed", student, repoUrl=url, repoPath="/depot", reason=reason)

    return send


@pytest.fixture
def ask(client: Any) -> Callable[..., Any]:
    """`ask(alice)` asks for the personal calendar, `ask(alice, course)` for one of a course."""

    def get(person: Any, course: Course | None = None) -> Any:
        secret = make_address(person, course and course.pk, form_key="k")
        return client.get(reverse("calendar-file", args=[secret]))

    return get


@pytest.fixture
def work_task(school: SimpleNamespace) -> Task:
    return Task.objects.get(course=school.course, path="/tp1/exercice1")


@pytest.fixture
def push_work(school: SimpleNamespace, tmp_path: Path, settings: Any) -> Iterator[Callable[..., Work]]:
    """`push_work("alice")` gives the student a real repository; `push_work.read("alice")` pushes and reads it."""
    settings.GIT_STORES.mkdir(parents=True, exist_ok=True)
    (tmp_path / "repositories").mkdir()
    with serving(tmp_path / "repositories") as server:
        settings.GIT_LOCAL_SERVERS = frozenset({server.host})
        yield PushedWork(school, server)
    PROCESS.stop()


class PushedWork:
    """Repositories of students on a real server, which the Git module reads."""

    def __init__(self, school: SimpleNamespace, server: GitServer) -> None:
        self._school, self._server = school, server

    def __call__(self, student: str) -> Work:
        return self._server.create(student)

    def read(self, work: Work, student: str) -> None:
        """Push, give the repository at the first time, confirm it, and read it."""
        work.push()
        registrations = Registration.objects.filter(student__student_id=student)
        if not registrations:
            enrolment = getattr(self._school, student)
            url = self._server.url(student)
            student_repositories.give_repository(enrolment.person, enrolment, repo_path="/depot", url=url)
            registrations.update(confirmed=True)
        sync_now(registrations.get())


@pytest.fixture
def pushed(push_work: PushedWork) -> tuple[str, str]:
    """Alice pushed before the deadline and after it, and the teacher confirmed her repository."""
    folder = push_work("alice")
    folder.write("tp1/exercice1/a.py", "one = 1\n")
    first = folder.commit("first <b>", at=BEFORE, tp1__exercice2__b_txt="other\n")
    folder.write("tp1/exercice1/a.py", "one = 1\ntwo = '<script>'\n")
    second = folder.commit("second", at=AFTER)
    push_work.read(folder, "alice")
    return first, second


@pytest.fixture
def get_work(client: Any, school: SimpleNamespace, work_task: Task) -> Callable[..., Any]:
    """`get_work(teacher, state="now")` opens the page of alice's files."""

    def answer(person: Any, name: str = "task-work", student: str = "alice", **query: str) -> Any:
        client.force_login(person)
        return client.get(reverse(name, args=[school.course.pk, work_task.pk, student]), query)

    return answer


def group_of(course: Course, group_id: str) -> Group:
    return Group.objects.get(course=course, group_id=group_id)


def text_of(answer: Any) -> str:
    """Return a page with one space where it has any white space."""
    return " ".join(answer.content.decode().split())


def event(kind: str, student: str = "alice", **body: Any) -> dict[str, Any]:
    """Return the body of an event about a student of StruDon."""
    ids = {"teacherId": "teacher", "courseId": "StruDon", "semesterId": "A2026", "groupId": "A1", "studentId": student}
    return {"_C": kind, **ids, **body}


def commit(sha: str, at: datetime, *efforts: tuple[str, int], completes: str = "", **extra: Any) -> dict[str, Any]:
    """Return a commit as in OnNewCommits; `efforts` are pairs of an exercise path and the lines changed for it."""
    files = [
        {"_C": "CommitFile", "path": f"/f{index}", "estimatedEffort": effort, "exercisePath": path, "message": ""}
        for index, (path, effort) in enumerate(efforts)
    ]
    return {
        "_C": "Commit",
        "commitId": sha,
        "exercisePathIfCompleted": completes,
        "modifiedFiles": files,
        "commitMessageFirstLine": f"Work {sha}",
        "commitMessage": f"Work {sha}",
        "timeStamp": str(int(at.timestamp())),
        **extra,
    }


def complete_exercise(
    send_event: Callable[..., uuid.UUID], student: str, *, at: datetime, path: str = "/tp1/exercice1"
) -> None:
    """Send the events of a student who clones a repository and completes an exercise with one commit."""
    send_event("OnClone", student, repoUrl=REPOSITORY_URL.format(student), repoPath="/depot")
    sha = f"{student}{path}".replace("/", "-")
    commits = [commit(sha, at, (path, 12), completes=path)]
    send_event("OnNewCommits", student, repoPath="/depot", commits=commits)
    send_event("OnExerciseCompleted", student, exercisePath=path)


def watched_exercises() -> list[tuple[str, str, str, str]]:
    """Return the path, repository path, source folder and keywords of each exercise that the Git module watches."""
    rows = WatchedExercise.objects.order_by("exercise_path")
    return [(row.exercise_path, row.repo_path, row.source_folder_path, row.completion_keywords) for row in rows]
