"""Reads a calendar for its address: the events of now, compared with those of the last reading."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from calendars import history, parts
from calendars.calendar_file import write_calendar
from calendars.events import Event, window_at
from calendars.history import SentEvent
from calendars.models import CalendarAddress
from mail.readers import as_read_by, language_of

FORMAT = 1  # grows when write_calendar writes the same events in another way
READ_AGAIN = timedelta(minutes=10)  # a reading is noted at most so often


@dataclass(frozen=True)
class Reading:
    """The events of a calendar, not yet written as a file."""

    title: str
    language: str
    events: dict[str, SentEvent]

    @property
    def etag(self) -> str:
        """A strong ETag. It follows from what the file is written from, so an unchanged file need not be written."""
        values = [FORMAT, settings.PUBLIC_URL, settings.MAIL_DOMAIN, self.title, history.as_json(self.events)]
        return f'"{hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]}"'

    def write(self) -> bytes:
        return write_calendar(self.events.values(), self.title)


def read_calendar(address: CalendarAddress, client: str, now: datetime) -> Reading | None:
    """Return the calendar of an open address, and note the reading by this client.

    None when the person may not read the course any more. Two readings at once may both find the same change; the last
    one that is saved counts, and the next reading finds what it lacks.
    """
    with as_read_by(address.person):
        if (found := _events_of(address, now)) is None:
            return None
    title, events = found
    sent = history.from_json(address.sent)
    merged = history.merge(sent, events, now)
    _note(address, client, history.as_json(merged), now)
    return Reading(title, language_of(address.person), merged)


def _events_of(address: CalendarAddress, now: datetime) -> tuple[str, list[Event]] | None:
    window = window_at(now)
    if address.course_id is not None:
        return parts.course_events(address.person, address.course_id, window)
    return _("Deadlines and bookings"), parts.personal_events(address.person, window)


def _note(address: CalendarAddress, client: str, sent: dict[str, list[object]], now: datetime) -> None:
    """Save what changed: the events that are sent, and when and by whom the address was read."""
    changes: dict[str, object] = {}
    if sent != address.sent:
        changes["sent"] = sent
    is_recent = address.read_at is not None and timedelta() <= now - address.read_at < READ_AGAIN
    if not is_recent or address.read_by != client:
        changes |= {"read_at": now, "read_by": client}
    if changes:
        CalendarAddress.objects.filter(pk=address.pk, revoked_at=None).update(**changes)
