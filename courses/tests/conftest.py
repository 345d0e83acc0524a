"""A small course for the tests of this app, and events as a Git module would send them."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from courses.domain import course_tasks, courses, roster
from courses.git.receiver import receive
from courses.models import Task

DEADLINE = datetime(2026, 11, 1, 23, 0, tzinfo=UTC)


@pytest.fixture
def school(teacher: Any, alice: Any, bob: Any) -> SimpleNamespace:
    """Course StruDon of `teacher`: one repository, two exercises, alice in A1 and bob in A2."""
    course = courses.create_course(teacher, teacher, semester_id="A2026", course_id="StruDon", title="Structures")
    repository = course_tasks.add_task(teacher, course, path="/depot", title="Dépôt", asks_for=Task.Asks.REPOSITORY)
    chapter = course_tasks.add_task(teacher, course, path="/tp1", title="Lists", asks_for=Task.Asks.NOTHING)
    first = course_tasks.add_task(
        teacher, course, path="/tp1/exercice1", title="Exercice 1", repo_path="/depot", deadline=DEADLINE
    )
    second = course_tasks.add_task(teacher, course, path="/tp1/exercice2", title="Exercice 2", repo_path="/depot")
    one = roster.enrol(teacher, course, username="alice", group_id="A1")
    two = roster.enrol(teacher, course, username="bob", group_id="A2")
    return SimpleNamespace(
        course=course, repository=repository, chapter=chapter, first=first, second=second, alice=one, bob=two
    )


@pytest.fixture
def tell() -> Callable[..., uuid.UUID]:
    """`tell("OnClone", "alice", repoPath="/depot")`: the event arrives at the receiver; its id comes back."""

    def send(kind: str, student: str = "alice", event_id: uuid.UUID | None = None, **body: Any) -> uuid.UUID:
        event_id = event_id or uuid.uuid4()
        receive(event_id, event(kind, student, **body))
        return event_id

    return send


def event(kind: str, student: str = "alice", **body: Any) -> dict[str, Any]:
    ids = {"teacherId": "teacher", "courseId": "StruDon", "semesterId": "A2026", "groupId": "A1", "studentId": student}
    return {"_C": kind, **ids, **body}


def commit(sha: str, at: datetime, *efforts: tuple[str, int], completes: str = "", **extra: Any) -> dict[str, Any]:
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
