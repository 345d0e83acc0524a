"""Compares the events of a calendar with those that its address was last read with.

This finds the changes whatever made them: a task that was deleted, an extension that was withdrawn, a person who left a
course. Nothing has to be recorded when an event changes. A calendar app reads about the end of an event
only if it has read the event before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from calendars.events import Event

CANCELLED_SHOWN = timedelta(days=30)


@dataclass(frozen=True)
class SentEvent:
    """An event as a calendar app was given it.

    sequence: grows by one with each change (RFC 5545, 3.8.7.4).
    changed_at: when the change was found, in whole seconds.
    event: the event of now; None for a cancelled one.
    """

    key: str
    digest: str
    sequence: int
    changed_at: datetime
    start: datetime
    end: datetime | None
    title: str
    event: Event | None = None

    @property
    def is_cancelled(self) -> bool:
        return not self.digest

    def is_over(self, now: datetime) -> bool:
        return (self.end or self.start) <= now


def merge(sent: Mapping[str, SentEvent], events: Iterable[Event], now: datetime) -> dict[str, SentEvent]:
    """Return the events to send now, by key, those that start first in front.

    An event that is gone is cancelled, unless it is over: then it is left out. A cancelled one stays for
    CANCELLED_SHOWN.
    """
    now = now.replace(microsecond=0)
    merged = {event.key: _current(sent.get(event.key), event, now) for event in events}
    for key, old in sent.items():
        if key in merged:
            continue
        if old.is_cancelled and now - old.changed_at < CANCELLED_SHOWN:
            merged[key] = old
        elif not old.is_cancelled and not old.is_over(now):
            merged[key] = replace(old, digest="", sequence=old.sequence + 1, changed_at=now)
    return dict(sorted(merged.items(), key=lambda item: (item[1].start, item[0])))


def _current(old: SentEvent | None, event: Event, now: datetime) -> SentEvent:
    if old is not None and old.digest == event.digest:
        return replace(old, event=event)
    sequence = max(event.revision, old.sequence + 1 if old else 0)
    return SentEvent(event.key, event.digest, sequence, now, event.start, event.end, event.title, event)


def as_json(sent: Mapping[str, SentEvent]) -> dict[str, list[Any]]:
    """Return the events as CalendarAddress.sent holds them."""
    return {
        key: [row.digest, row.sequence, _seconds(row.changed_at), _seconds(row.start), _seconds(row.end), row.title]
        for key, row in sent.items()
    }


def from_json(values: Mapping[str, list[Any]]) -> dict[str, SentEvent]:
    return {
        key: SentEvent(key, digest, sequence, _moment(changed_at), _moment(start), _moment(end) if end else None, title)
        for key, (digest, sequence, changed_at, start, end, title) in values.items()
    }


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
