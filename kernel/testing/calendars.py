"""Reads calendar files back, with a library that did not write them."""

from typing import Any

import vobject


def read_calendar(content: bytes) -> Any:
    """Return the calendar. The file must be one calendar in UTF-8, its lines at most 75 bytes long (RFC 5545, 3.1)."""
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    return vobject.readOne(content.decode())


def read_events(content: bytes) -> dict[str, Any]:
    """Return the events of a file by the first part of their UID, such as `task-12`, in the order of the file."""
    events = read_calendar(content).contents.get("vevent", [])
    by_key = {event.uid.value.partition("@")[0]: event for event in events}
    assert len(by_key) == len(events), "each UID once"
    return by_key


def titles(content: bytes) -> list[str]:
    """Return the titles of the events that are not cancelled."""
    return [event.summary.value for event in read_events(content).values() if event.status.value != "CANCELLED"]
