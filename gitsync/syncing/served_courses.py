"""Which courses are shown a private repository: those for which one of their own permissions reads it.

A credential serves certain courses. Another course whose teacher or student names the same repository sees nothing of
it, although its commits are stored here, until a credential that serves that course reads it too.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gitsync.git.failures import TransportFailed
from gitsync.git.secrets import Secret
from gitsync.models import LocalCopy, Registration
from gitsync.syncing import credential_choice
from kernel.database.compiled import CompiledQuery

MOST_ASKED = 3  # further credentials that one sync asks the server about
ROWS = CompiledQuery(
    lambda repository: Registration.objects.filter(repository=repository).values_list("course_id", "confirmed")
)


@dataclass(frozen=True)
class ServedCourses:
    """The keys of the courses that the present permissions serve; None: every course."""

    courses: frozenset[int] | None
    has_unconfirmed: bool

    def serve(self, course: int) -> bool:
        return self.courses is None or course in self.courses


def served_courses(local_copy: LocalCopy, attempt: Callable[[Secret], TransportFailed | None]) -> ServedCourses:
    """Return the courses that may be shown the repository, which was read with `local_copy.read_with`.

    attempt: reads the refs with a secret; returns why that failed, None when it did not.

    Without a credential every course may: the public reads it, or this installation reads its server for everybody.
    """
    if local_copy.repository.public:
        return ServedCourses(None, has_unconfirmed=False)
    rows = ROWS.rows(local_copy.repository_id)
    has_unconfirmed = not all(confirmed for _course, confirmed in rows)
    used = local_copy.read_with
    if used is None:
        return ServedCourses(None, has_unconfirmed)
    served = credential_choice.courses_of(used)
    if served is None:
        return ServedCourses(None, has_unconfirmed)
    missing = {course for course, _confirmed in rows} - served
    if missing:
        served |= _served_by_others(local_copy, missing, attempt)
    return ServedCourses(frozenset(served), has_unconfirmed)


def _served_by_others(
    local_copy: LocalCopy, missing: set[int], attempt: Callable[[Secret], TransportFailed | None]
) -> set[int]:
    """Return those of the courses that another credential of the repository serves, if the server lets it read."""
    found: set[int] = set()
    asked = 0
    for credential in credential_choice.credentials_for(local_copy.repository):
        served = credential_choice.courses_of(credential)
        useful = missing - found if served is None else (missing - found) & served
        if credential.pk == local_copy.read_with_id or not useful or asked == MOST_ASKED:
            continue
        asked += 1
        try:
            trouble = attempt(credential_choice.secret_of(credential))
        except TransportFailed as failed:
            trouble = failed
        if trouble is None:
            credential_choice.note_use(credential)
            found |= useful
        else:
            credential_choice.note_failure(credential, trouble)
    return found
