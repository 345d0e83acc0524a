"""Writes a calendar as a file (RFC 5545, RFC 7986). All times are in UTC, so the file needs no time zones."""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from calendars.history import SentEvent
from kernel.text.plain_words import LINE_BREAKS

if TYPE_CHECKING:  # imported on first use, as config/startup.py says
    from icalendar import Event as EventPart
    from icalendar import vText

CONTENT_TYPE = "text/calendar; charset=utf-8"
PROGRAM = "-//Atelier//Atelier//EN"
REFRESH = timedelta(hours=1)  # how often an app should read the address
LONGEST = 2_000  # characters of a text


def write_calendar(events: Iterable[SentEvent], title: str = "") -> bytes:
    """Return the file with these events. With a title it is a calendar to read again and again."""
    from icalendar import Calendar, vDuration

    calendar = Calendar()
    calendar.add("prodid", PROGRAM)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    if title:
        calendar.add("name", _text(title))
        calendar.add("x-wr-calname", _text(title))  # of apps that do not know RFC 7986
        calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(REFRESH))
    for event in events:
        calendar.add_component(_event_part(event))
    return bytes(calendar.to_ical(sorted=False))


def _event_part(sent: SentEvent) -> "EventPart":
    from icalendar import Event as EventPart
    from icalendar import vUri

    part = EventPart()
    part.add("uid", f"{sent.key}@{settings.MAIL_DOMAIN}")
    part.add("dtstamp", _utc(sent.changed_at))
    part.add("last-modified", _utc(sent.changed_at))
    part.add("sequence", sent.sequence)
    part.add("dtstart", _utc(sent.start))
    if sent.end:
        part.add("dtend", _utc(sent.end))
    part.add("summary", _text(sent.title))
    event = sent.event
    if event is None:
        part.add("status", "CANCELLED")
    else:
        part.add("status", "TENTATIVE" if event.is_tentative else "CONFIRMED")
        if event.place:
            part.add("location", _text(event.place))
        page = f"{settings.PUBLIC_URL}{event.path}" if event.path else ""
        if description := "\n".join(line for line in (event.description, page) if line):
            part.add("description", _text(description))
        if page:
            part.add("url", vUri(page))
    part.add("transp", "TRANSPARENT")  # neither a deadline nor a machine makes a person busy
    return part


def plain(text: str) -> str:
    """Return the text with `\\n` as its only control character, at most LONGEST characters long."""
    text = LINE_BREAKS.sub("\n", text).replace("\t", " ")
    kept = "".join(letter for letter in text if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cs"))
    return kept if len(kept) <= LONGEST else f"{kept[: LONGEST - 1]}…"


def escape(text: str) -> str:
    """Escape a text as RFC 5545, 3.3.11, says.

    icalendar would first turn `\\N`, as in `C:\\New`, into a line break.
    """
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _text(text: str) -> "vText":
    return _exact_text()(plain(text))


@cache
def _exact_text() -> "type[vText]":
    from icalendar import vText

    class ExactText(vText):
        """A text with our own escapes."""

        def to_ical(self) -> bytes:
            return escape(self).encode()

    return ExactText


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
