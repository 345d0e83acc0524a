"""The commits that a teacher handed out, by a starter commit or a starter repository."""

from collections.abc import Collection

from django.db import connection

from gitsync.models import Commit, HandedOut
from gitsync.values import CourseIds

ANY_STARTER = """
SELECT 1 FROM gitsync_startercommit WHERE course_id = %s
UNION ALL SELECT 1 FROM gitsync_starterrepository WHERE course_id = %s LIMIT 1
"""


def has_starters(course_id: int) -> bool:
    """Whether the teacher of a course (the key of its CourseKey) has handed anything out. One short query."""
    with connection.cursor() as cursor:
        cursor.execute(ANY_STARTER, [course_id, course_id])
        return cursor.fetchone() is not None


def handed_out_commits(course: CourseIds | int, shas: Collection[str]) -> dict[str, set[str]]:
    """Return the exercises for which each of these commits was handed out; "" means the whole course. One query.

    course: its ids, or the primary key of its CourseKey. Commits that were not handed out are left out.
    """
    by_commit = HandedOut.objects.filter(sha__in=shas, **_lookups(course, "starter__course"))
    by_repository = Commit.objects.filter(sha__in=shas, **_lookups(course, "repository__starters__course"))
    rows = by_commit.order_by().values_list("sha", "starter__exercise_path")
    paths: dict[str, set[str]] = {}
    for sha, path in rows.union(by_repository.order_by().values_list("sha", "repository__starters__exercise_path")):
        paths.setdefault(sha, set()).add(path)
    return paths


def _lookups(course: CourseIds | int, prefix: str) -> dict[str, object]:
    return dict(course.lookups(prefix)) if isinstance(course, CourseIds) else {prefix: course}
