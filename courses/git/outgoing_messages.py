"""Messages to a Git module elsewhere: rows written with the change they tell, sent later, in order per course.

A refusal of the message itself (400, 413, 501 and so on) is final and kept with its words: sending the same again
would be refused again. So is 304, as the original module says of what it knows already (also of a repository that
another student gave before). Anything else is tried again, with longer and longer waits: a module that is down, or does
not know us or this address (401, 403, 404), takes no message at all until somebody sets that right.
"""

from datetime import timedelta
from typing import Any

import requests
from django.conf import settings
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from courses.models import Course, OutgoingMessage
from kernel.database.text_hash import text_hash
from kernel.task_queue import queue

WAITS = [2, 5, 15, 60, 300, 900]  # seconds before the next attempt; the last one repeats
TIMEOUT = (5, 20)
CLAIM = timedelta(seconds=60)  # longer than an answer takes
FINAL = {304, 501, *range(400, 500)} - {401, 403, 404, 408, 425, 429}


def enqueue(course: Course, kind: str, body: dict[str, Any]) -> OutgoingMessage:
    """Keep the message in the caller's transaction; after its commit a worker sends it."""
    ids = course_ids(course)
    key = "/".join(ids.values())
    row = OutgoingMessage.objects.create(
        course_key=key,
        course_key_hash=text_hash(key),
        kind=kind,
        body={"_C": kind, **ids, **body},
        next_attempt_at=timezone.now(),
    )
    transaction.on_commit(lambda: queue("courses.tasks.send_messages", row.course_key_hash), robust=True)
    return row


def course_ids(course: Course) -> dict[str, str]:
    return {
        "teacherId": course.teacher.username,
        "semesterId": course.semester.semester_id,
        "courseId": course.course_id,
    }


def due_courses() -> list[str]:
    """The courses (by key hash) whose next message may go now; what stands behind one that waits, waits too."""
    waiting = OutgoingMessage.objects.filter(sent_at=None, dead_at=None)
    heads = waiting.values("course_key_hash").annotate(head=Min("pk")).order_by().values_list("head", flat=True)
    due = OutgoingMessage.objects.filter(pk__in=list(heads), next_attempt_at__lte=timezone.now())
    return list(due.order_by("pk").values_list("course_key_hash", flat=True))


def send_due(course_key_hash: str) -> int:
    """Send a course's messages, oldest first, up to the first that must wait; returns how many went.

    A row is claimed before it is sent and no transaction stays open meanwhile (on SQLite it would stop every other
    writer). A worker that dies on the way makes it go again once the claim is over, which the contract's upserts bear.
    """
    sent = 0
    while _send_next(course_key_hash):
        sent += 1
    return sent


def _send_next(course_key_hash: str) -> bool:
    waiting = OutgoingMessage.objects.filter(sent_at=None, dead_at=None)
    row = waiting.filter(course_key_hash=course_key_hash).order_by("pk").first()
    now = timezone.now()
    if row is None or row.next_attempt_at > now:
        return False
    attempt = row.attempts + 1
    unclaimed = waiting.filter(pk=row.pk, attempts=row.attempts)
    if not unclaimed.update(attempts=attempt, next_attempt_at=now + CLAIM):
        return False  # another worker was quicker
    fault, final = _post(row.body)
    mine = waiting.filter(pk=row.pk, attempts=attempt)
    if not fault:
        mine.update(sent_at=timezone.now(), last_error="")
    elif final:
        mine.update(dead_at=timezone.now(), last_error=fault)
    else:
        wait = WAITS[min(attempt, len(WAITS)) - 1]
        mine.update(next_attempt_at=timezone.now() + timedelta(seconds=wait), last_error=fault)
    return not fault or final


def _post(body: dict[str, Any]) -> tuple[str, bool]:
    """("", …) when it was taken, else what went wrong and whether that is final."""
    try:
        answer = _session_post(body)
    except requests.RequestException as error:
        return f"{type(error).__name__}: the Git module does not answer"[:300], False
    if answer.status_code == 200:
        return "", False
    return f"{answer.status_code} {answer.text[:250]}", answer.status_code in FINAL


def ask(course: Course, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """A request of the contract and the model it answers. Raises requests.RequestException or ValueError."""
    answer = _session_post({"_C": kind, **course_ids(course), **body})
    answer.raise_for_status()
    model = answer.json()
    if not isinstance(model, dict):
        raise ValueError("the Git module's answer is not a model")
    return model


def _session_post(body: dict[str, Any]) -> requests.Response:
    bearer = {"Authorization": f"Bearer {settings.GIT_MODULE_TOKEN}"} if settings.GIT_MODULE_TOKEN else {}
    return requests.post(
        f"{settings.GIT_MODULE_URL}/_git_api", json=body, headers=bearer, timeout=TIMEOUT, allow_redirects=False
    )


def revive(rows: QuerySet[OutgoingMessage]) -> list[str]:
    """Try messages again that were given up or wait; the courses (by key hash) they belong to."""
    rows = rows.filter(sent_at=None)
    keys = list(rows.values_list("course_key_hash", flat=True).distinct())
    rows.update(dead_at=None, next_attempt_at=timezone.now())
    return keys
