"""A small course without a Git server: its commits are rows, as a sync would leave them."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from gitsync.domain import registrations
from gitsync.models import Commit, FileChange, LocalCopy, Registration
from gitsync.syncing.derived_rows import match_commits
from gitsync.values import CourseIds
from kernel.database.text_hash import text_hash

COURSE = CourseIds("mathieu.bergeron", "H2021", "StruDon")
URL = "https://github.com/test/test.git"
NOON = 1_615_215_600


def watch(
    exercise_path: str, *, group_id: str = "", repo_path: str = "/", folder: str = "", keywords: str = ""
) -> None:
    registrations.register_exercise(
        COURSE,
        group_id=group_id,
        exercise_path=exercise_path,
        repo_path=repo_path,
        source_folder_path=folder or exercise_path,
        completion_keywords=keywords,
    )


def register(student_id: str = "1234500", **values: Any) -> Registration:
    values = {"group_id": "01", "repo_url": URL, **values}
    registrations.register_repository(values.pop("course", COURSE), student_id=student_id, **values)
    return Registration.objects.select_related("course", "student", "repository").latest("pk")


def sync_requests() -> int:
    """Return how often a sync of the only repository was requested."""
    return LocalCopy.objects.get().sync_request_count


def synced() -> int:
    """Make the local copy of each repository as it is after a sync; return `sync_requests` of the first one."""
    LocalCopy.objects.update(dirty=False, dirty_at=None, next_attempt_at=None, status=LocalCopy.Status.OK)
    return LocalCopy.objects.earliest("pk").sync_request_count


def commit(
    owner: Registration,
    message: str = "",
    files: Sequence[str] = (),
    *,
    at: int = NOON,
    late_time: int | None = None,
    reachable: bool = True,
    **values: Any,
) -> Commit:
    """Create a commit of the owner's repository, and match it.

    Each file has 3 lines added and 1 removed.
    """
    created = Commit.objects.create(
        repository=owner.repository,
        sha=values.pop("sha", text_hash(f"{owner.repository_id} {Commit.objects.count()}")[:40]),
        author_time=at,
        committer_time=at,
        seen_by=values.pop("seen_by", at),
        late_time=at if late_time is None else late_time,
        message=message,
        reachable=reachable,
        parents_count=values.pop("parents_count", 1),
        **values,
    )
    FileChange.objects.bulk_create(
        FileChange(commit=created, path=path, path_hash=text_hash(path), insertions=3, deletions=1) for path in files
    )
    LocalCopy.objects.filter(repository=owner.repository).update(
        status=LocalCopy.Status.OK, last_good_at=timezone.now()
    )
    Registration.objects.filter(repository=owner.repository).update(announced=Registration.Announced.CLONED)
    for registration in Registration.objects.filter(repository=owner.repository):
        match_commits(registration, [created])
    return created
