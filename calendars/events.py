"""The events of a calendar, as the apps above give them (settings.CALENDAR_PARTS)."""

import hashlib
import json
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

BACK = timedelta(days=30)
AHEAD = timedelta(days=400)


class Window(NamedTuple):
    """The time that a calendar shows: the events that overlap `[start, end)`."""

    start: datetime
    end: datetime

    def holds(self, moment: datetime | None) -> bool:
        return moment is not None and self.start <= moment < self.end


def window_at(now: datetime) -> Window:
    return Window(now - BACK, now + AHEAD)


@dataclass(frozen=True)
class Event:
    """One event, in the language of its reader.

    key: names the object and never changes, such as `task-12`.
    end: None for a moment, such as a deadline.
    path: the page about it.
    revision: a number that grows with each change, where the object has one. Otherwise 0.
    """

    key: str
    title: str
    start: datetime
    end: datetime | None = None
    description: str = ""
    place: str = ""
    path: str = ""
    is_tentative: bool = False
    revision: int = 0

    @property
    def digest(self) -> str:
        """A hash that changes when anything that the reader sees changes."""
        values = json.dumps(astuple(self)[:-1], default=datetime.isoformat)
        return hashlib.sha256(values.encode()).hexdigest()[:16]
