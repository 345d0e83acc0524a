"""The lease of a worker on a connection with a forge, and how the connection is written, stopped and given back.

While a worker talks to the forge, no transaction is open. It writes each result in a short one, if it still has the
lease.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from courses.git.forges import TEMPORARY, ForgeClient, ForgeFailed, Reason, open_forge
from courses.models import ForgeConnection
from kernel.database.wrong_clock import is_too_far_ahead, too_far_ahead
from kernel.task_queue import queue_after_commit
from live.publish import publish

TASK = "courses.tasks.work_on_forge"
LEASE = timedelta(seconds=75)  # longer than a client lives (gitsync/forges/api_requests.py)
STALLED = timedelta(seconds=20)  # without a change; then nobody is working on the connection
PAUSES = (5, 15, 60, 300, 900)  # seconds after an error of the forge
LONGEST_TASK_DELAY = 60  # seconds; the sweep finds what waits longer
TRIES = 10  # errors in a row; then a person is asked


class LostLease(Exception):
    """Another worker, or a command of a person, has taken the connection over."""


@dataclass
class Worker:
    """A connection under the lease of this worker, and the token."""

    connection: ForgeConnection
    token: str = field(repr=False)
    lease: str = field(repr=False)

    @contextmanager
    def client(self) -> Iterator[ForgeClient]:
        """Yield a client for one step."""
        with open_forge(self.connection.forge, self.connection.base_url, self.token) as client:
            yield client

    def write(self, change: Callable[[ForgeConnection], None], *, is_success: bool = True) -> None:
        """Write the result of a step in a transaction. Raises LostLease when the connection was taken over.

        is_success: whether the forge answered as it should: then its earlier errors no longer count.
        """
        with transaction.atomic():
            rows = ForgeConnection.objects.select_for_update()
            locked = rows.filter(pk=self.connection.pk, lease=self.lease).first()
            if locked is None:
                raise LostLease
            locked.course = self.connection.course
            change(locked)
            if is_success:
                locked.attempts, locked.problem, locked.problem_detail, locked.next_attempt_at = 0, "", "", None
            locked.leased_until = timezone.now() + LEASE
            locked.save()
            publish(locked.topic)
        self.connection = locked


def claim(pk: int) -> ForgeConnection | None:
    """Take the connection for a worker; None when there is nothing to do, or another worker has it.

    Its `lease` is the worker's own text.
    """
    now = timezone.now()
    with transaction.atomic():
        rows = ForgeConnection.objects.select_for_update().filter(pk=pk, state__in=ForgeConnection.WORKING)
        connection = rows.first()
        if connection is None or not connection.sealed_token:
            return None
        leased_until = connection.leased_until
        if leased_until and leased_until > now and not is_too_far_ahead(leased_until, now, LEASE):
            return None
        if connection.problem and (connection.next_attempt_at is None or connection.next_attempt_at > now):
            return None
        connection.lease, connection.leased_until = secrets.token_hex(16), now + LEASE
        connection.save(update_fields=["lease", "leased_until", "touched_at"])
    return connection


def release(pk: int, lease: str) -> None:
    """Give the connection back, and queue the rest of the work."""
    with transaction.atomic():
        connection = ForgeConnection.objects.select_for_update().filter(pk=pk, lease=lease).first()
        if connection is None:
            return
        connection.lease, connection.leased_until = "", None
        connection.save(update_fields=["lease", "leased_until", "touched_at"])
        if connection.is_working and not connection.problem:
            queue_after_commit(TASK, pk)


def stop(pk: int, lease: str, failed: ForgeFailed) -> None:
    """Keep why the forge did not do its part, and when the work goes on, if it does so by itself."""
    with transaction.atomic():
        connection = ForgeConnection.objects.select_for_update().filter(pk=pk, lease=lease).first()
        if connection is None:
            return
        connection.problem, connection.problem_detail = failed.reason.value, failed.detail
        connection.attempts = min(connection.attempts + 1, TRIES)
        connection.next_attempt_at = None
        if failed.reason in TEMPORARY and (connection.attempts < TRIES or failed.reason == Reason.LIMIT):
            pause = max(failed.wait, PAUSES[min(connection.attempts, len(PAUSES)) - 1])
            connection.next_attempt_at = timezone.now() + timedelta(seconds=pause)
            if pause <= LONGEST_TASK_DELAY:
                queue_after_commit(TASK, pk, after=pause)
        connection.save()
        publish(connection.topic)


def queue_stalled() -> None:
    """Queue again the connections whose worker ended, and those that may be tried again."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now) | too_far_ahead("leased_until", now, LEASE)
    due = Q(problem="") | Q(next_attempt_at__lte=now)
    unchanged = Q(touched_at__lt=now - STALLED) | too_far_ahead("touched_at", now)
    rows = ForgeConnection.objects.filter(free, due, unchanged, state__in=ForgeConnection.WORKING)
    for pk in rows.exclude(sealed_token="").values_list("pk", flat=True):
        queue_after_commit(TASK, pk)
