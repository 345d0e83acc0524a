"""Accepted messages: the Request rows whose state callers can read."""

import hashlib
import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from gitsync.git.failures import Reason
from gitsync.models import CourseKey, LocalCopy, Registration, Repository, Request
from gitsync.syncing import deliveries, sync_queue
from gitsync.syncing.deliveries import HOOK
from kernel.database.bulk import insert_row, insert_row_while

PAUSED = "paused"  # the error of a message about a repository that staff paused before anything failed

CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
WAITING = "waiting"  # the error of a registration that is hidden until the teacher confirms it


def accept(
    kind: str,
    body: dict[str, Any],
    *,
    repository: Repository | None = None,
    course: CourseKey | None = None,
    follow_up: bool,
    error: str = "",
) -> Request:
    """Return the Request of an accepted message, in the message's own transaction.

    An identical message that is still pending gets the same row. Without a follow-up the row ends at once: done, or
    failed with `error`.
    """
    values: dict[str, Any] = {
        "kind": kind,
        "canonical_hash": _canonical_hash(kind, body),
        "body": body,
        "repository": repository,
        "course": course,
    }
    identical = Request.objects.filter(pending_key=values["canonical_hash"])
    if not follow_up:
        state = Request.State.FAILED if error else Request.State.DONE
        ended = {"state": state, "error": error, "finished_at": timezone.now()}
        return identical.first() or Request.objects.create(**values, **ended)
    try:  # most messages are new; two identical ones come one after the other, by the lock of what they are about
        with transaction.atomic():
            return Request.objects.create(**values, pending_key=values["canonical_hash"])
    except IntegrityError:
        pending = identical.first()
        if pending is None:
            raise
        return pending


def accept_hook(body: dict[str, Any], repository_id: int | None) -> int:
    """Save the Request of a hook in its transaction; return its number. One statement.

    Each hook gets a row of its own: only one for a registered repository is ever pending, so the same number twice
    would tell a stranger that somebody here has the repository. With a receipt in `body` (`syncing/deliveries.py`) the
    hook becomes a Delivery at the latest when the Request ends.
    """
    now = timezone.now()
    ended = {} if repository_id else {"state": Request.State.DONE, "finished_at": now}
    return insert_row(Request, repository_id=repository_id, **_hook(body, now), **ended)


def accept_waiting_hook(body: dict[str, Any], match_hashes: Collection[str]) -> int | None:
    """Save the Request of a hook whose sync already waits; return its number.

    One statement, without a transaction. The waiting sync will read the push, so the hook needs no request for one.
    Returns None when no sync waits, and when the hashes mean several repositories. Needs at least one hash. After
    a lost connection the Request may be saved twice; both become one Delivery.
    """
    now = timezone.now()
    waiting = sync_queue.not_begun(match_hashes, now)
    return insert_row_while(Request, *waiting, copied=("repository_id", "address_id"), **_hook(body, now))


def _hook(body: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {"kind": HOOK, "canonical_hash": body["delivery"], "body": body, "created_at": now}


def _canonical_hash(kind: str, body: dict[str, Any]) -> str:
    return hashlib.sha256(CANONICAL.encode([kind, body]).encode("utf-8", "surrogatepass")).hexdigest()


def of_registration(registration: Registration) -> QuerySet[Request]:
    """Return the Requests that registered this student's repository at this place."""
    return Request.objects.filter(
        kind="RegisterGitRepo",
        repository=registration.repository_id,
        course=registration.course_id,
        body__studentId=registration.student.student_id,
        body__repoPath=registration.repo_path,
    )


def fail_hidden(registrations: Collection[Registration]) -> None:
    """Fail the messages of hidden registrations: they wait, or no permission of their course reads the repository."""
    for registration in registrations:
        if registration.hidden:
            finish(of_registration(registration), WAITING if registration.waits else Reason.NO_ACCESS)


def finish_paused() -> None:
    """Fail the pending messages of paused repositories, which no sync will end."""
    paused = Request.objects.filter(
        state=Request.State.PENDING,
        repository__local_copy__status=LocalCopy.Status.PAUSED,
        repository__local_copy__lease_token=None,
    )
    for pk, reason in list(paused.values_list("pk", "repository__local_copy__reason")):
        finish(Request.objects.filter(pk=pk), reason or PAUSED)


def finish(requests: QuerySet[Request], error: str = "") -> None:
    """Set the pending ones of these Requests to done, or to failed with a reason."""
    pending = requests.filter(state=Request.State.PENDING)
    deliveries.save_pending(pending)
    pending.update(
        state=Request.State.FAILED if error else Request.State.DONE,
        error=error[:300],
        pending_key=None,
        finished_at=timezone.now(),
    )
