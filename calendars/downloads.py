"""The answer with a file of single events: one booking, one deadline."""

from collections.abc import Iterable

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from calendars.calendar_file import CONTENT_TYPE, write_calendar
from calendars.events import Event
from calendars.history import SentEvent

LONGEST_NAME = 60  # characters


def send_events(events: Iterable[Event], name: str) -> HttpResponse:
    """Return a file to add to a calendar once. Its events have the same ids as in the calendar addresses."""
    now = timezone.now()
    sent = [
        SentEvent(event.key, event.digest, event.revision, now, event.start, event.end, event.title, event)
        for event in events
    ]
    file_name = f"{slugify(name[:LONGEST_NAME], allow_unicode=True) or 'atelier'}.ics"
    disposition = content_disposition_header(True, file_name) or "attachment"
    return HttpResponse(write_calendar(sent), content_type=CONTENT_TYPE, headers={"Content-Disposition": disposition})
