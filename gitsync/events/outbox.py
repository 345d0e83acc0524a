"""Send events to the dashboards. An event is a row written in the transaction that makes its content true.

There are two targets: `local` is this installation's own dashboard (a function call), `remote` is the one at
DASHBOARD_URL. A target receives the events of one registration strictly in order, each at least once and with its UUID.
`kernel.outbox` finds, claims and marks the rows; a claim keeps two workers from sending the same registration's events.
An event that a target does not take is retried with growing pauses, and the events behind it wait. After TRIES it is
marked as dead. While a target is down, its events are never marked as dead. An event that a target refuses for good is
dead at once: the original dashboard answers 400 to each OnPull, and must receive the events after it.

Two parts are only here, because no other outbox needs them. A target on this machine receives an event and marks its
row in one transaction (`_send`). After a sync, the worker delivers events to the local dashboard itself instead of
queuing a task, because a person may be looking at the page (`delivering_here`); the sweep finds events that were left.
"""

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

import requests as http
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from gitsync.models import OutboxEvent, Registration
from kernel.database.bulk import insert
from kernel.outbox import Outbox, OutboxTable, Undelivered
from kernel.task_queue import queue

log = structlog.get_logger(__name__)

TRIES = 60  # with the pauses below: about nine hours
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
AWAY_PAUSE = timedelta(seconds=30)  # longest pause while a target is down: it gets events soon after it is back
HTTP_SECONDS = 10
CLAIM = timedelta(seconds=60)
FINAL = {400, 413, 501}  # the same bytes would be refused again
# The original dashboard has no class for these kinds: they end its process.
UNKNOWN_TO_THE_ORIGINAL = {"OnPullFailed", "OnExerciseCompletedUpdate", "OnCommitModelUpdate"}
STREAMS = 200  # registrations in one round

EVENT_COLUMNS = (
    "event_id",
    "target",
    "registration",
    "kind",
    "body",
    "created_at",
    "attempts",
    "next_attempt_at",
    "claimed_until",
    "delivered_at",
    "dead_at",
    "last_error",
)

# Registrations whose events this process delivers after its commit; None outside `delivering_here`.
_delivered_here: ContextVar[set[int | None] | None] = ContextVar("_delivered_here", default=None)


class EventGone(Exception):
    """The event was deleted with its registration after it had been claimed: the receiver's changes are undone."""


def targets() -> list[OutboxEvent.Target]:
    """Return the dashboards that receive events, by the settings."""
    local = [OutboxEvent.Target.LOCAL] if settings.GITSYNC_RECEIVER else []
    return [*local, OutboxEvent.Target.REMOTE] if settings.DASHBOARD_URL else local


def emit(registration: Registration | None, *bodies: dict[str, Any]) -> None:
    """Write these events, in this order, for every target, in the caller's transaction.

    Their delivery starts once, after the commit.
    """
    emit_texts(registration, [(body["_C"], json.dumps(body)) for body in bodies])


def emit_texts(registration: Registration | None, events: Sequence[tuple[str, str]]) -> None:
    """Write events that are given as (kind, JSON of the body), as `emit` does."""
    if not events:
        return
    now: Any = connection.ops.adapt_datetimefield_value(timezone.now())
    event_id, receivers = cast(Any, OutboxEvent._meta).get_field("event_id"), targets()
    rows = [
        (key, target.value, registration and registration.pk, kind, text, now, 0, now, None, None, None, "")
        for key, kind, text in [(event_id.get_db_prep_value(uuid.uuid4(), connection), *event) for event in events]
        for target in receivers
        if _knows(target, kind)
    ]
    for batch in [[row] for row in rows] if len(events) == 1 else [rows]:  # one may be as large as a statement can be
        insert(OutboxEvent, EVENT_COLUMNS, batch)
    delivered_here = _delivered_here.get()
    if delivered_here is not None:
        delivered_here.add(registration.pk if registration else None)
    if not any(entry[1] is _start_delivery for entry in connection.run_on_commit):
        transaction.on_commit(_start_delivery, robust=True)


@contextmanager
def delivering_here() -> Iterator[None]:
    """Deliver the events that the block emits to the local dashboard right after their commit, in this process."""
    token = _delivered_here.set(set())
    try:
        yield
    finally:
        _delivered_here.reset(token)


def drain(target: str) -> int:
    """Deliver the due events of one target; return how many it took. Ends early when the target is down."""
    return _outbox(target).drain(STREAMS)


def is_due(target: str) -> bool:
    """Whether `drain` would find an event to send."""
    return bool(_table(target).due_streams(STREAMS))


def _knows(target: OutboxEvent.Target, kind: str) -> bool:
    is_original = target == OutboxEvent.Target.REMOTE and settings.WIRE_DIALECT == "aquiletour"
    return not (is_original and kind in UNKNOWN_TO_THE_ORIGINAL)


def _start_delivery() -> None:
    registrations = _delivered_here.get()
    for target in reversed(targets()):  # queue the remote target before any work is done here
        if target == OutboxEvent.Target.LOCAL and registrations is not None:
            while registrations:
                _outbox(target).drain_stream(registrations.pop())
        else:
            queue("gitsync.tasks.deliver", target.value)


def _table(target: str) -> OutboxTable[OutboxEvent]:
    return OutboxTable(
        open_rows=OutboxEvent.objects.filter(target=target, delivered_at=None, dead_at=None),
        stream="registration",
        sent_at="delivered_at",
        claimed_until="claimed_until",
        claim_time=CLAIM,
        longest_wait=LONGEST_PAUSE,
    )


def _outbox(target: str) -> Outbox[OutboxEvent]:
    return Outbox(_table(target), claim=_claim, send=_send, on_failure=_postpone)


def _claim(event: OutboxEvent, now: datetime) -> bool:
    return _table(event.target).claim(event, now)


def _send(event: OutboxEvent) -> None:
    table = _table(event.target)
    if event.target == OutboxEvent.Target.LOCAL:
        try:
            with transaction.atomic():  # the receiver's rows and the mark on the event: both or neither
                _receiver()(event.event_id, event.body)
                if not table.mark_sent(event):
                    raise EventGone
        except EventGone:
            log.info("event_gone", event_id=str(event.event_id), kind=event.kind)
        except Exception as error:
            log.exception("event_not_received", event_id=str(event.event_id), kind=event.kind)
            raise Undelivered(f"{type(error).__name__}: {error}") from error
    else:
        _post(event)
        table.mark_sent(event)


def _postpone(event: OutboxEvent, failure: Undelivered) -> None:
    pause = min(FIRST_PAUSE * 2 ** min(event.attempts - 1, 20), AWAY_PAUSE if failure.down else LONGEST_PAUSE)
    dead = failure.final or (event.attempts >= TRIES and not failure.down)
    _table(event.target).mark_undelivered(event, failure, pause=pause, dead=dead)
    log.warning(
        "event_undelivered",
        event_id=str(event.event_id),
        target=event.target,
        attempts=event.attempts,
        error=str(failure),
    )


def _post(event: OutboxEvent) -> None:
    headers = {"X-Event-Id": str(event.event_id)}
    if settings.DASHBOARD_TOKEN:
        headers["Authorization"] = f"Bearer {settings.DASHBOARD_TOKEN}"
    try:
        answer = _session().post(
            f"{settings.DASHBOARD_URL}/_http/messages/",
            json=event.body,
            headers=headers,
            timeout=HTTP_SECONDS,
            allow_redirects=False,
        )
    except http.RequestException as error:
        raise Undelivered(type(error).__name__, down=True) from error
    if not 200 <= answer.status_code < 300:
        final = answer.status_code in FINAL
        down = not final and (answer.status_code in (401, 403, 404, 429) or answer.status_code >= 500)
        raise Undelivered(f"HTTP {answer.status_code}", down=down, final=final)


@cache
def _session() -> http.Session:
    session = http.Session()
    session.trust_env = False  # no proxy or password file decides where events go
    return session


def _receiver() -> Any:
    return import_string(settings.GITSYNC_RECEIVER)
