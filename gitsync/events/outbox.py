"""Events on their way to the dashboards: written in the transaction that makes them true, delivered after it.

A target receives the events of one registration strictly in order, each at least once, with its UUID: `local` is this
installation's own dashboard (a function call), `remote` the one at DASHBOARD_URL. An event is claimed in its row
while it is being sent, so two drains never overtake each other. What a target does not take is tried again with growing
pauses, the events behind it waiting, and is set aside as dead after TRIES; a target that is down is waited for. What it
refuses for good is set aside at once: the original dashboard answers 400 to each OnPull, and must hear what follows.

A drain is a task of its own, but for what a sync has to tell our own dashboard: that is one function call away, and a
person may be looking (`delivering_here`). Whoever delivers, the rows are the truth, and the sweep finds what was left.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import requests as http
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from gitsync.models import OutboxEvent, Registration
from kernel.task_queue import queue

log = structlog.get_logger(__name__)

TRIES = 60  # with the pauses below: about nine hours
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
AWAY_PAUSE = timedelta(seconds=30)  # of a target that is down: one event knocks, and it is heard soon when it is back
HTTP_SECONDS = 10
CLAIM = timedelta(seconds=60)
FINAL = {400, 413, 501}  # the same bytes would be refused again
# Kinds that the original dashboard has no class for: it ends its process over them.
UNKNOWN_TO_THE_ORIGINAL = {"OnPullFailed", "OnExerciseCompletedUpdate", "OnCommitModelUpdate"}
STREAMS = 200  # registrations looked at in one round

_here: ContextVar[set[int | None] | None] = ContextVar("_here", default=None)  # streams that this process delivers


class Gone(Exception):
    """The event was deleted, with its registration, after it had been claimed: it counts nowhere any more."""


class Undelivered(Exception):
    """The target did not take the event. `down`: it takes none at all for now. `final`: it never takes this one."""

    def __init__(self, detail: str, *, down: bool = False, final: bool = False) -> None:
        self.down, self.final = down, final
        super().__init__(detail)


def targets() -> list[OutboxEvent.Target]:
    found = [OutboxEvent.Target.LOCAL] if settings.GITSYNC_RECEIVER else []
    return [*found, OutboxEvent.Target.REMOTE] if settings.DASHBOARD_URL else found


def _is_told(kind: str, target: OutboxEvent.Target) -> bool:
    original = target == OutboxEvent.Target.REMOTE and settings.WIRE_DIALECT == "aquiletour"
    return not (original and kind in UNKNOWN_TO_THE_ORIGINAL)


def emit(registration: Registration | None, *bodies: dict[str, Any]) -> None:
    """Owe these events, in this order, to every target.

    In the caller's transaction; delivery is queued once, after its commit.
    """
    if not bodies:
        return
    now, to = timezone.now(), targets()
    OutboxEvent.objects.bulk_create(
        (
            OutboxEvent(
                event_id=event_id,
                target=target,
                registration=registration,
                kind=body["_C"],
                body=body,
                next_attempt_at=now,
            )
            for event_id, body in [(uuid.uuid4(), body) for body in bodies]
            for target in to
            if _is_told(body["_C"], target)
        ),
        batch_size=1 if len(bodies) == 1 else None,  # it may be as large as a statement can be
    )
    here = _here.get()
    if here is not None:
        here.add(registration.pk if registration else None)
    if not any(entry[1] is _wake for entry in connection.run_on_commit):
        transaction.on_commit(_wake, robust=True)


@contextmanager
def delivering_here() -> Iterator[None]:
    """What is emitted within goes to our own dashboard right after its commit, in this process."""
    before = _here.set(set())
    try:
        yield
    finally:
        _here.reset(before)


def drain(target: str) -> int:
    """Deliver what is due to one target; how many were taken. Ends early when the target is down."""
    taken = 0
    tried: set[int | None] = set()
    while True:
        streams = [(stream, head) for stream, head in _heads(target) if stream not in tried]
        if not streams:
            return taken
        for stream, _head in streams:
            tried.add(stream)
            number, down = _drain_stream(target, stream)
            taken += number
            if down:
                return taken


def is_due(target: str) -> bool:
    """Whether `drain` would find something to do."""
    return bool(_heads(target))


def _wake() -> None:
    here = _here.get()
    for target in reversed(targets()):  # those elsewhere are queued before anything is done here
        if target == OutboxEvent.Target.LOCAL and here is not None:
            while here:
                _drain_stream(target, here.pop())
        else:
            queue("gitsync.tasks.deliver", target.value)


def _open(target: str) -> QuerySet[OutboxEvent]:
    return OutboxEvent.objects.filter(target=target, delivered_at=None, dead_at=None)


def _heads(target: str) -> list[tuple[int | None, int]]:
    """(registration, oldest open event) of the streams whose oldest open event may be sent now."""
    now = timezone.now()
    oldest = _open(target).order_by().values("registration").annotate(head=Min("pk")).values("head")
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    ready = OutboxEvent.objects.filter(free, pk__in=oldest, next_attempt_at__lte=now)
    # Cut after asking what is ready: streams that wait for their next try must not hide those that could go.
    return list(ready.order_by("pk").values_list("registration", "pk")[:STREAMS])


def _drain_stream(target: str, registration_id: int | None) -> tuple[int, bool]:
    """Deliver one registration's events in order until one cannot be; (number taken, target down)."""
    taken = 0
    while True:
        now = timezone.now()
        head = _open(target).filter(registration=registration_id).order_by("pk").first()
        if head is None or head.next_attempt_at > now or not _claim(head, now):
            return taken, False
        try:
            _send(head)
        except Undelivered as failed:
            _postpone(head, failed)
            if failed.final:
                continue
            return taken, failed.down
        taken += 1


def _claim(event: OutboxEvent, now: datetime) -> bool:
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    mine = OutboxEvent.objects.filter(free, pk=event.pk, delivered_at=None, dead_at=None)
    return bool(mine.update(claimed_until=now + CLAIM, attempts=event.attempts + 1))


def _send(event: OutboxEvent) -> None:
    if event.target == OutboxEvent.Target.LOCAL:
        try:
            with transaction.atomic():  # taken and known to be taken, at once or not at all
                _receiver()(event.event_id, event.body)
                if not _delivered(event):
                    raise Gone
        except Gone:
            log.info("event_gone", event_id=str(event.event_id), kind=event.kind)
        except Exception as error:
            log.exception("event_not_received", event_id=str(event.event_id), kind=event.kind)
            raise Undelivered(f"{type(error).__name__}: {error}") from error
    else:
        _post(event)
        _delivered(event)


def _delivered(event: OutboxEvent) -> bool:
    """Whether its row was still there."""
    row = OutboxEvent.objects.filter(pk=event.pk)
    return bool(row.update(delivered_at=timezone.now(), claimed_until=None, last_error=""))


def _postpone(event: OutboxEvent, failed: Undelivered) -> None:
    attempts, now, error = event.attempts + 1, timezone.now(), str(failed)
    pause = min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), AWAY_PAUSE if failed.down else LONGEST_PAUSE)
    OutboxEvent.objects.filter(pk=event.pk).update(
        claimed_until=None,
        next_attempt_at=now + pause,
        last_error=error[:300],
        dead_at=now if failed.final or (attempts >= TRIES and not failed.down) else None,
    )
    log.warning("event_undelivered", event_id=str(event.event_id), target=event.target, attempts=attempts, error=error)


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
