"""The command that names the last commit which a teacher handed out, for a course or for one of its exercises."""

from django.db import transaction
from django.utils.translation import gettext as _

from gitsync.domain.exercises import lock_course
from gitsync.models import StarterCommit
from gitsync.syncing import starters
from gitsync.values import CourseIds
from kernel.database.text_hash import text_hash
from kernel.errors import Malformed

LENGTHS = (40, 64)  # of the hexadecimal sha of a commit


def clean_sha(sha: str, field: str = "starter_commit") -> str:
    """Return a full commit id in lower case, "" for none. Raises Malformed."""
    sha = sha.strip().lower()
    if sha and (len(sha) not in LENGTHS or sha.strip("0123456789abcdef")):
        sentence = _("Enter the full id of the commit: 40 or 64 digits and letters from a to f.")
        raise Malformed("bad_commit", sentence, field=field)
    return sha


@transaction.atomic
def name_starter(course: CourseIds, *, exercise_path: str = "", sha: str) -> None:
    """Name the starter commit of an exercise, or of the whole course with `exercise_path` "". An empty sha ends it.

    The course is matched again now, and once one of its repositories first has the commit.
    """
    key = lock_course(course)
    stored = StarterCommit.objects.filter(course=key, exercise_path_hash=text_hash(exercise_path))
    if stored.filter(sha=sha).exists() or (not sha and not stored.exists()):
        return
    stored.delete()
    if sha:
        StarterCommit.objects.create(
            course=key, exercise_path=exercise_path, exercise_path_hash=text_hash(exercise_path), sha=sha
        )
    starters.match_again(key)
