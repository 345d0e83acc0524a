"""The work that waits in the database: of each queue its length and since when its oldest entry waits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.models import OutgoingMessage
from gitsync.models import LocalCopy, OutboxEvent
from gitsync.models import Request as GitRequest
from mail.models import Mail, Notice


@dataclass(frozen=True)
class Queue:
    """A table whose rows wait.

    rows: those that wait at a moment. since: the field that says since when.
    late: how long the oldest may wait; longer is a warning. advice: what to do then.
    page: the name of the address that shows the rows, and its query.
    """

    title: str | Promise
    rows: Callable[[datetime], QuerySet[Any]]
    since: str
    late: timedelta
    advice: str | Promise
    page: tuple[str, str] = ("", "")

    @property
    def href(self) -> str:
        name, query = self.page
        return f"{reverse(name)}{query}" if name else ""


@dataclass(frozen=True)
class QueueState:
    """A queue at a moment. `oldest` is None while nothing waits."""

    queue: Queue
    length: int
    oldest: datetime | None
    is_late: bool


WORKER = _("Look at the log of the worker. It may have stopped, or it has too much to do.")
QUEUES = [
    Queue(
        _("Mails to send"),
        lambda now: Mail.objects.waiting(),
        "created_at",
        timedelta(minutes=10),
        _("The page of mails says what the mail server answered. Mails are tried again by themselves."),
        ("mails", "?state=waiting"),
    ),
    Queue(
        _("Notices for the daily mail"),
        lambda now: Notice.objects.filter(mail=None),
        "created_at",
        timedelta(hours=26),
        WORKER,
    ),
    Queue(
        _("Repositories to read"),
        lambda now: LocalCopy.objects.due(now),
        "dirty_at",
        timedelta(minutes=15),
        _("Look at the log of the worker that fetches. A server of repositories may be slow."),
        ("admin:gitsync_localcopy_changelist", "?dirty__exact=1"),
    ),
    Queue(
        _("Messages to the Git module"),
        lambda now: GitRequest.objects.filter(state=GitRequest.State.PENDING),
        "created_at",
        timedelta(minutes=15),
        WORKER,
        ("admin:gitsync_request_changelist", "?state__exact=pending"),
    ),
    Queue(
        _("Events of the Git module"),
        lambda now: OutboxEvent.objects.filter(delivered_at=None, dead_at=None),
        "created_at",
        timedelta(minutes=15),
        _("The list of events says what the receiver answered. Events are tried again by themselves."),
        ("admin:gitsync_outboxevent_changelist", "?delivered_at__isempty=1&dead_at__isempty=1"),
    ),
    Queue(
        _("Messages of courses to another server"),
        lambda now: OutgoingMessage.objects.filter(sent_at=None, dead_at=None),
        "created_at",
        timedelta(minutes=15),
        _("The list of messages says what the other server answered. They are tried again by themselves."),
        ("admin:courses_outgoingmessage_changelist", ""),
    ),
]


def queue_states() -> list[QueueState]:
    """Return the state of each queue, with one query for each."""
    now = timezone.now()
    return [_state(queue, now) for queue in QUEUES]


def _state(queue: Queue, now: datetime) -> QueueState:
    row = queue.rows(now).order_by().aggregate(length=Count("pk"), oldest=Min(queue.since))
    oldest = row["oldest"]
    return QueueState(queue, row["length"], oldest, oldest is not None and now - oldest > queue.late)
