"""Send messages to a Git module elsewhere: rows written in the transaction of the change, sent in order per course.

`kernel.outbox` finds, claims and marks the rows. The contract's messages are upserts, so a message may arrive twice:
when a worker dies while it sends, the message is sent again once its claim has ended.

A refusal of the message itself (400, 413, 501 and so on) is final and kept with the module's answer: the module
would refuse the same message again. So is 304: the original module answers it for a change that it already knows, also
for a repository that another student registered before. Any other failure is retried after growing pauses: a module
that is down, or that does not know us or this address (401, 403, 404), takes no message until a person corrects that.
"""

from datetime import timedelta
from typing import Any

import requests
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from courses.models import Course, OutgoingMessage
from kernel.database.text_hash import text_hash
from kernel.outbox import Outbox, OutboxTable, Undelivered
from kernel.task_queue import queue_after_commit

PAUSES = [2, 5, 15, 60, 300, 900]  # seconds before the next attempt; the last one repeats
TIMEOUT = (5, 20)  # seconds to connect, seconds to wait for the answer
CLAIM = timedelta(seconds=60)  # longer than an answer takes
FINAL = {304, 501, *range(400, 500)} - {401, 403, 404, 408, 425, 429}


def enqueue(course: Course, kind: str, body: dict[str, Any]) -> OutgoingMessage:
    """Write the message in the caller's transaction; a worker sends it after the commit."""
    ids = course_ids(course)
    key = "/".join(ids.values())
    row = OutgoingMessage.objects.create(
        course_key=key,
        course_key_hash=text_hash(key),
        kind=kind,
        body={"_C": kind, **ids, **body},
        next_attempt_at=timezone.now(),
    )
    queue_after_commit("courses.tasks.send_messages", row.course_key_hash)
    return row


def course_ids(course: Course) -> dict[str, str]:
    """Return the keys that name a course on the wire."""
    return {
        "teacherId": course.teacher.username,
        "semesterId": course.semester.semester_id,
        "courseId": course.course_id,
    }


def due_courses() -> list[str]:
    """Return the courses (by key hash) whose oldest message may be sent now."""
    return _table().due_streams()


def send_due(course_key_hash: str) -> int:
    """Send a course's messages, oldest first, up to the first that must wait; return how many were answered.

    No transaction is open while a message is sent: on SQLite it would stop every other writer.
    """
    result = Outbox(_table(), claim=_table().claim, send=_send, on_failure=_postpone).drain_stream(course_key_hash)
    return result.sent + result.refused


def retry(rows: QuerySet[OutgoingMessage]) -> list[str]:
    """Make unsent messages due now, dead ones too; return their courses (by key hash)."""
    rows = rows.filter(sent_at=None)
    keys = list(rows.values_list("course_key_hash", flat=True).distinct())
    rows.update(dead_at=None, next_attempt_at=timezone.now())
    return keys


def query(course: Course, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send a query of the contract and return the model in its answer.

    Raises requests.RequestException, or ValueError when the answer is not a model.
    """
    answer = _session_post({"_C": kind, **course_ids(course), **body})
    answer.raise_for_status()
    model = answer.json()
    if not isinstance(model, dict):
        raise ValueError("the Git module's answer is not a model")
    return model


def _table() -> OutboxTable[OutgoingMessage]:
    return OutboxTable(
        open_rows=OutgoingMessage.objects.filter(sent_at=None, dead_at=None),
        stream="course_key_hash",
        sent_at="sent_at",
        claim_time=CLAIM,
        longest_wait=timedelta(seconds=PAUSES[-1]),
    )


def _send(message: OutgoingMessage) -> None:
    try:
        answer = _session_post(message.body)
    except requests.RequestException as error:
        raise Undelivered(f"{type(error).__name__}: the Git module does not answer") from error
    if answer.status_code != 200:
        raise Undelivered(f"{answer.status_code} {answer.text[:250]}", final=answer.status_code in FINAL)
    _table().mark_sent(message)


def _postpone(message: OutgoingMessage, failure: Undelivered) -> None:
    pause = timedelta(seconds=PAUSES[min(message.attempts, len(PAUSES)) - 1])
    _table().mark_undelivered(message, failure, pause=None if failure.final else pause, dead=failure.final)


def _session_post(body: dict[str, Any]) -> requests.Response:
    bearer = {"Authorization": f"Bearer {settings.GIT_MODULE_TOKEN}"} if settings.GIT_MODULE_TOKEN else {}
    return requests.post(
        f"{settings.GIT_MODULE_URL}/_git_api", json=body, headers=bearer, timeout=TIMEOUT, allow_redirects=False
    )
