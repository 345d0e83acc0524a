"""Registrations and syncs in one line, for the tests."""

from typing import Any

from gitsync.domain import repositories
from gitsync.models import (
    Commit,
    Completion,
    CourseKey,
    FileChange,
    LocalCopy,
    Match,
    OutboxEvent,
    Registration,
    Repository,
    StudentKey,
    WatchedExercise,
)
from gitsync.syncing import sync, sync_queue
from kernel.database.text_hash import text_hash


def course(course_id: str = "StruDon") -> CourseKey:
    return CourseKey.objects.get_or_create(teacher_id="ada", semester_id="H2027", course_id=course_id)[0]


def registration(url: str, student: str = "bob", *, repo_path: str = "/", course_id: str = "StruDon") -> Registration:
    return Registration.objects.create(
        course=course(course_id),
        student=StudentKey.objects.get_or_create(student_id=student)[0],
        repo_path=repo_path,
        repo_path_hash=text_hash(repo_path),
        repo_url=url,
        repository=repositories.ensure(url),
    )


def exercise(path: str, folder: str = "", keywords: str = "") -> WatchedExercise:
    return WatchedExercise.objects.create(
        course=course(),
        exercise_path=path,
        exercise_path_hash=text_hash(path),
        source_folder_path=folder or path,
        completion_keywords=keywords,
    )


def look(registration: Registration) -> LocalCopy:
    """A hook came and a worker took it up; the Clone afterwards."""
    sync_queue.request_sync(registration.repository_id, force=True)
    assert sync.sync_repository(registration.repository_id)
    return LocalCopy.objects.get(repository_id=registration.repository_id)


def told(target: str = "local", registration: Registration | None = None) -> list[str]:
    """Kinds of the events owed so far, in order."""
    return [event.kind for event in events(target, registration)]


def events(target: str = "local", registration: Registration | None = None) -> list[OutboxEvent]:
    owed = OutboxEvent.objects.filter(target=target).order_by("pk")
    return list(owed if registration is None else owed.filter(registration=registration))


def hear() -> None:
    """Forget the events so far."""
    OutboxEvent.objects.all().delete()


def rows(registration: Registration) -> dict[str, Any]:
    """All that is kept of an Address and a registration, without keys: for comparing two ways to the same."""
    commits = Commit.objects.filter(repository_id=registration.repository_id)
    files = FileChange.objects.filter(commit__repository_id=registration.repository_id)
    return {
        "order": [sha for sha, reachable in commits.order_by("pk").values_list("sha", "reachable") if reachable],
        "commits": set(commits.values_list("sha", "author_time", "message", "reachable", "parents_count")),
        "files": set(files.values_list("commit__sha", "path", "insertions", "deletions", "binary")),
        "matches": set(
            Match.objects.filter(registration=registration).values_list(
                "file__commit__sha", "file__path", "exercise_path", "reason"
            )
        ),
        "completions": set(
            Completion.objects.filter(registration=registration).values_list("commit__sha", "exercise_path")
        ),
    }


def reachable_rows(registration: Registration) -> dict[str, Any]:
    """Of `rows`, what hangs on reachable commits: that must not depend on how the pushes came."""
    kept = rows(registration)
    reachable = set(kept.pop("order"))
    return {"commits": {row for row in kept.pop("commits") if row[3]}} | {
        name: {row for row in some if row[0] in reachable} for name, some in kept.items()
    }


def fresh_import(url: str, host: str, fetch_path: str) -> Registration:
    """The same repository registered under an Address of its own, and looked at for the first time."""
    made = registration(url, "fresh")
    made.repository = Repository.objects.create(
        scheme="http", host=host, path="/fresh", path_hash=text_hash("/fresh"), fetch_path=fetch_path
    )
    made.save()
    LocalCopy.objects.create(repository=made.repository)
    look(made)
    return made
