"""Send the rows of an outbox: in order within a stream, each at least once, with a pause before each retry.

An app writes a row in the transaction that makes its content true. A worker sends the row later: it claims the row by
a conditional update, sends it while no transaction is open, and marks it as sent, postponed or dead. A row that must
wait holds back the rows behind it in its stream, and no other stream.

The app keeps what belongs to its own table: writing the rows, sending one row, the pauses, and which failure is final.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import Min, Model, Q, QuerySet
from django.utils import timezone

from kernel.database import retries
from kernel.database.wrong_clock import is_too_far_ahead, too_far_ahead

Row = TypeVar("Row", bound=Model)
ERROR_LENGTH = 300  # characters of `last_error`


class Undelivered(Exception):
    """The receiver did not take a row.

    down: the receiver takes no row at all for now.
    final: the receiver never takes this row.
    """

    def __init__(self, detail: str, *, down: bool = False, final: bool = False) -> None:
        self.down, self.final = down, final
        super().__init__(detail)


class StreamResult(NamedTuple):
    """The end of one attempt at a stream: rows sent, rows refused for good, and whether the receiver is down."""

    sent: int
    refused: int
    down: bool


@dataclass(frozen=True)
class OutboxTable(Generic[Row]):
    """The outgoing rows for one receiver, and the fields whose names differ between the tables.

    Each table also has the fields `attempts`, `next_attempt_at`, `dead_at` and `last_error`.

    open_rows: the rows that are neither sent nor dead.
    stream: the field whose value groups the rows that leave in order.
    sent_at: the field that is set when the receiver has taken the row.
    claim_time: how long a claim lasts when its worker dies; longer than one send takes.
    longest_wait: the longest pause before an attempt. A time that is further ahead was written under a wrong clock.
    claimed_until: the field with the end of a claim. Without one a claim moves `next_attempt_at` to its end, and the
        number of attempts says which worker holds the claim.
    """

    open_rows: QuerySet[Row]
    stream: str
    sent_at: str
    claim_time: timedelta
    longest_wait: timedelta
    claimed_until: str = ""

    def due_streams(self, limit: int | None = None) -> list[Any]:
        """Return the streams (values of the field `stream`) whose oldest open row may be sent now."""
        now = timezone.now()
        oldest = self.open_rows.order_by().values(self.stream).annotate(oldest=Min("pk")).values("oldest")
        timely = Q(next_attempt_at__lte=now) | too_far_ahead("next_attempt_at", now, self._longest_wait)
        ready = self._all_rows().filter(self._unclaimed(now), timely, pk__in=oldest)
        # Cut after the filter: streams that wait for a retry must not hide those that are ready.
        return list(ready.order_by("pk").values_list(self.stream, flat=True)[:limit])

    def next_row(self, stream: Any) -> Row | None:
        """Return the oldest open row of a stream, due or not."""
        return self.open_rows.filter(**{self.stream: stream}).order_by("pk").first()

    def must_wait(self, row: Any, now: datetime) -> bool:
        """Whether the next attempt at a row is later."""
        at = row.next_attempt_at
        return bool(at > now) and not is_too_far_ahead(at, now, self._longest_wait)

    def claim(self, row: Any, now: datetime) -> bool:
        """Claim a row for one attempt to send it; False when another worker has claimed it."""
        unclaimed = self.open_rows.filter(self._unclaimed(now), pk=row.pk)
        if not self.claimed_until:
            unclaimed = unclaimed.filter(attempts=row.attempts)
        claim_field = self.claimed_until or "next_attempt_at"
        if not retries.update(unclaimed, **{claim_field: now + self.claim_time}, attempts=row.attempts + 1):
            return False
        row.attempts += 1
        return True

    def mark_sent(self, row: Any) -> bool:
        """Mark a claimed row as sent; False when the row is gone or another worker has claimed it since."""
        sent = {self.sent_at: timezone.now(), "last_error": ""}
        return bool(retries.update(self._claimed(row), **sent, **self._end_of_claim()))

    def mark_undelivered(self, row: Any, error: Exception, *, pause: timedelta | None, dead: bool) -> None:
        """Note a failed attempt. `pause`: the time before the next one; None leaves `next_attempt_at` unchanged."""
        now = timezone.now()
        changes = {} if pause is None else {"next_attempt_at": now + pause}
        retries.update(
            self._claimed(row),
            **changes,
            **self._end_of_claim(),
            last_error=str(error)[:ERROR_LENGTH],
            dead_at=now if dead else None,
        )

    def _all_rows(self) -> QuerySet[Row]:
        return self.open_rows.model._default_manager.all()

    def _unclaimed(self, now: datetime) -> Q:
        if not self.claimed_until:
            return Q()
        over = Q(**{f"{self.claimed_until}__lt": now}) | too_far_ahead(self.claimed_until, now, self.claim_time)
        return Q(**{self.claimed_until: None}) | over

    @property
    def _longest_wait(self) -> timedelta:
        return max(self.longest_wait, self.claim_time)

    def _claimed(self, row: Any) -> QuerySet[Row]:
        """The row, for the worker that has claimed it. With a claim field, also after the claim has ended."""
        if self.claimed_until:
            return self._all_rows().filter(pk=row.pk)
        return self.open_rows.filter(pk=row.pk, attempts=row.attempts)

    def _end_of_claim(self) -> dict[str, None]:
        return {self.claimed_until: None} if self.claimed_until else {}


@dataclass(frozen=True)
class Outbox(Generic[Row]):
    """How the rows of a table are sent to their receiver.

    claim: claims a row at a moment; usually `table.claim`.
    send: sends a row and calls `table.mark_sent`, in the receiver's transaction where there is one. Raises Undelivered.
    on_failure: calls `table.mark_undelivered` with the app's own pauses and limits.
    """

    table: OutboxTable[Row]
    claim: Callable[[Row, datetime], bool]
    send: Callable[[Row], None]
    on_failure: Callable[[Row, Undelivered], None]

    def drain(self, limit: int | None = None) -> int:
        """Send the due rows of all streams; return the number of rows sent.

        Streams are read `limit` at a time, and each is tried once. The first stream that finds the receiver down ends
        the drain; the other streams wait for the next one.
        """
        sent = 0
        tried: set[Any] = set()
        while streams := [stream for stream in self.table.due_streams(limit) if stream not in tried]:
            for stream in streams:
                tried.add(stream)
                result = self.drain_stream(stream)
                sent += result.sent
                if result.down:
                    return sent
        return sent

    def drain_stream(self, stream: Any) -> StreamResult:
        """Send the rows of one stream in order, up to the first that must wait.

        A row that is refused for good does not hold back the rows behind it.
        """
        sent = refused = 0
        while True:
            now = timezone.now()
            row: Any = self.table.next_row(stream)
            if row is None or self.table.must_wait(row, now) or not self.claim(row, now):
                return StreamResult(sent, refused, down=False)
            try:
                self.send(row)
            except Undelivered as failure:
                self.on_failure(row, failure)
                if not failure.final:
                    return StreamResult(sent, refused, failure.down)
                refused += 1
            else:
                sent += 1
