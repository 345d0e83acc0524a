"""Commands that set the starter commit and the starter repository of a course or of an exercise."""

from django.db import transaction
from django.utils.translation import gettext as _

from gitsync.domain import repositories
from gitsync.domain.exercises import lock_course
from gitsync.models import LocalCopy, StarterCommit, StarterRepository
from gitsync.syncing import starters, sync_queue
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
    """Set the starter commit of an exercise, or of the whole course with `exercise_path` "".

    An empty sha removes it. Raises Malformed for a sha that is not complete.

    The course is matched again now, and once more when the commit is first found in one of its repositories.
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


@transaction.atomic
def name_starter_repository(course: CourseIds, *, exercise_path: str = "", repo_url: str) -> None:
    """Name the starter repository of an exercise, or of the whole course. An empty URL ends it.

    It is synchronized like the repository of a student, and the course is matched again when commits of it were read.
    Raises Malformed for a URL that may not be contacted, and Busy.
    """
    key = lock_course(course)
    rows = StarterRepository.objects.filter(course=key, exercise_path_hash=text_hash(exercise_path))
    stored = rows.select_related("repository").first()
    if (stored.repo_url if stored else "") == repo_url:
        return
    if repo_url:
        repository = repositories.locked_copy(repo_url, stored).repository
        StarterRepository.objects.update_or_create(
            course=key,
            exercise_path_hash=text_hash(exercise_path),
            defaults={"exercise_path": exercise_path, "repo_url": repo_url, "repository": repository},
        )
        sync_queue.request_sync(repository.pk, force=True)
    if stored is not None:
        LocalCopy.objects.locked(stored.repository_id)
        rows.filter(pk=stored.pk, repo_url=stored.repo_url).delete()
        repositories.delete_unused(stored.repository)
    starters.match_again(key)
