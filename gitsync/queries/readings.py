"""How repositories are read: a short row for each repository of a course, and all details for those of one page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from gitsync.git.failures import Reason, failure_text
from gitsync.models import Delivery, LocalCopy, Registration
from gitsync.queries.credential_list import credential_name
from gitsync.queries.reading_states import BY_STATUS, CANNOT_BE_READ, ReadingState
from gitsync.queries.remote_changes import OtherBranch, RemoteChange, moved_to
from gitsync.values import CourseIds
from kernel.epoch import from_epoch, to_epoch

SHORT = "repository__local_copy__"


class ShortReading(NamedTuple):
    """A registration of a course: enough to filter and to sort. `pk` is the key of the registration.

    `has_hook` says that a hook was received at least once. A hidden registration shows nothing else of its repository:
    it `waits` for the teacher's confirmation, or no permission of the course reads the repository.
    """

    pk: int
    student_id: str
    repo_path: str
    repo_url: str
    repository_id: int
    hidden: bool
    state: ReadingState
    waits: bool
    has_moved: bool
    has_other_branches: bool
    has_hook: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """How one repository is read. Times are aware; `hook_at` is when the last hook was received, None for never.

    `is_wanted`: it waits for a worker, or a worker reads it now. `access` names what it is read with: "" for a
    repository that the public can read.
    """

    repository_id: int
    address: str
    public: bool
    state: ReadingState
    reason: str
    detail: str
    failing_since: datetime | None
    last_good_at: datetime | None
    next_attempt_at: datetime | None
    attempts: int
    size_bytes: int
    is_wanted: bool
    hook_at: datetime | None
    change: RemoteChange
    access: str = ""

    @property
    def failure(self) -> str:
        """Why the repository cannot be read, as a sentence; "" when it can."""
        return failure_text(self.reason) if self.reason else ""


def short_readings(course: CourseIds) -> list[ShortReading]:
    """Return all registrations of a course, in no order. One query."""
    columns = (
        *("pk", "student__student_id", "repo_path", "repo_url", "repository_id"),
        *("confirmed", "repository__public", "permitted"),
    )
    states = (f"{SHORT}status", f"{SHORT}reason", f"{SHORT}other_branches", "has_hook")
    rows = Registration.objects.filter(**course.lookups("course")).annotate(
        has_hook=Exists(Delivery.objects.filter(repository=OuterRef("repository_id")))
    )
    return [
        ShortReading(
            pk,
            student_id,
            repo_path,
            repo_url,
            repository_id,
            hidden := not (public or (confirmed and permitted)),
            BY_STATUS[LocalCopy.Status(status)] if public or permitted else CANNOT_BE_READ,
            permitted and not (public or confirmed),
            reason == Reason.REDIRECTED and not hidden,
            bool(other_branches) and not hidden,
            has_hook and not hidden,
        )
        for (
            pk,
            student_id,
            repo_path,
            repo_url,
            repository_id,
            confirmed,
            public,
            permitted,
            status,
            reason,
            other_branches,
            has_hook,
        ) in rows.values_list(*columns, *states)
    ]


def readings(repository_ids: Collection[int]) -> dict[int, Reading]:
    """Return how these repositories are read. Two queries."""
    if not repository_ids:
        return {}
    rows = LocalCopy.objects.filter(repository__in=repository_ids).select_related("repository", "read_with")
    return readings_of(list(rows.defer("heads")))


def readings_of(local_copies: Collection[LocalCopy]) -> dict[int, Reading]:
    """Return how these local copies are read, by the key of the repository. One query.

    They must be loaded with their repository and `read_with`.
    """
    now, hooks = timezone.now(), _last_hooks([copy.repository_id for copy in local_copies])
    return {
        copy.repository_id: Reading(
            repository_id=copy.repository_id,
            address=str(copy.repository),
            public=copy.repository.public,
            state=BY_STATUS[LocalCopy.Status(copy.status)],
            reason=copy.reason,
            detail=copy.detail,
            failing_since=copy.failing_since,
            last_good_at=copy.last_good_at,
            next_attempt_at=copy.next_attempt_at if copy.dirty and copy.status != LocalCopy.Status.PAUSED else None,
            attempts=copy.attempts,
            size_bytes=copy.size_bytes,
            is_wanted=_is_wanted(copy, now),
            hook_at=hooks.get(copy.repository_id),
            change=RemoteChange(
                moved_to(copy.repository, copy),
                copy.branch,
                bool(copy.chosen_branch),
                tuple(OtherBranch(*pair) for pair in copy.other_branches),
            ),
            access=credential_name(copy.read_with) if copy.read_with else "",
        )
        for copy in local_copies
    }


def _is_wanted(copy: LocalCopy, now: datetime) -> bool:
    """Return whether a worker reads the repository now, or will do so as soon as it is free."""
    if copy.lease_until is not None and copy.lease_until > now:
        return True
    at = copy.next_attempt_at
    return copy.dirty and copy.status != LocalCopy.Status.PAUSED and (at is None or at <= now)


def _last_hooks(repository_ids: Collection[int]) -> dict[int, datetime]:
    """Return when the last hook of each repository was received."""
    rows = Delivery.objects.filter(repository__in=repository_ids).values_list("repository_id")
    latest, now = rows.annotate(latest=Max("received_at")).order_by(), to_epoch(timezone.now())
    return {pk: from_epoch(min(received_at, now)) for pk, received_at in latest if pk is not None}
