"""Which commits a teacher handed out."""

from collections.abc import Collection

from gitsync.models import HandedOut
from gitsync.values import CourseIds


def handed_out_commits(course: CourseIds, shas: Collection[str]) -> set[str]:
    """Return those of these commits that were handed out in the course, for all or for some exercises. One query."""
    rows = HandedOut.objects.filter(sha__in=shas, **course.lookups("starter__course")).order_by()
    return set(rows.values_list("sha", flat=True))
