"""Builders of registrations and exercises, and short ways to sync and to read the rows."""

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


def sync_now(registration: Registration) -> LocalCopy:
    """Request a sync and run it, as a hook and a worker do; return the LocalCopy afterwards."""
    sync_queue.request_sync(registration.repository_id, force=True)
    assert sync.sync_repository(registration.repository_id)
    return LocalCopy.objects.get(repository_id=registration.repository_id)


def event_kinds(target: str = "local", registration: Registration | None = None) -> list[str]:
    """Return the kinds of the events written so far, in order."""
    return [event.kind for event in events(target, registration)]


def events(target: str = "local", registration: Registration | None = None) -> list[OutboxEvent]:
    rows = OutboxEvent.objects.filter(target=target).order_by("pk")
    return list(rows if registration is None else rows.filter(registration=registration))


def clear_events() -> None:
    OutboxEvent.objects.all().delete()


def stored_rows(registration: Registration) -> dict[str, Any]:
    """Return all rows of a registration and its repository, without keys, for comparison."""
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
    """Return the `stored_rows` of reachable commits.

    They must not depend on how the pushes were split.
    """
    rows = stored_rows(registration)
    reachable = set(rows.pop("order"))
    return {"commits": {row for row in rows.pop("commits") if row[3]}} | {
        name: {row for row in values if row[0] in reachable} for name, values in rows.items()
    }


def fresh_import(url: str, host: str, fetch_path: str) -> Registration:
    """Register the same repository as another Repository, and sync it for the first time."""
    fresh = registration(url, "fresh")
    fresh.repository = Repository.objects.create(
        scheme="http", host=host, path="/fresh", path_hash=text_hash("/fresh"), fetch_path=fetch_path
    )
    fresh.save()
    LocalCopy.objects.create(repository=fresh.repository)
    sync_now(fresh)
    return fresh
