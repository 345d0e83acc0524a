"""Times of the demonstration's commits, as if Atelier had read its repositories from the beginning."""

from collections.abc import Sequence

from gitsync.models import CourseKey, EarlierTime, StudentKey
from gitsync.values import CourseIds


def save(course: CourseIds, student_id: str, commits: Sequence[tuple[str, int, int]]) -> None:
    """Save when each commit was seen.

    commits: tuples (sha, committer time, seen by), oldest first, in epoch seconds.

    Call it before the repository is registered. Rows that exist stay.
    """
    key, _is_new = CourseKey.objects.get_or_create(**course.lookups())
    student, _is_new = StudentKey.objects.get_or_create(student_id=student_id)
    rows: list[EarlierTime] = []
    seen_after: int | None = None
    for sha, committer_time, seen_by in commits:
        rows.append(
            EarlierTime(
                course=key,
                student=student,
                sha=sha,
                committer_time=committer_time,
                seen_after=seen_after,
                seen_by=seen_by,
            )
        )
        seen_after = seen_by
    EarlierTime.objects.bulk_create(rows, ignore_conflicts=True)
