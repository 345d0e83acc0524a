"""Fixtures of the tests of calendars: events that the tests change, and addresses that read them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from calendars.addresses import make_address
from calendars.events import Event
from calendars.tests import example_parts

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def events(settings):
    """The list of events of everybody's personal calendar."""
    settings.CALENDAR_PARTS = ["calendars.tests.example_parts.everybody_s_events"]
    settings.CALENDAR_COURSES = "calendars.tests.example_parts.course_titles"
    settings.CALENDAR_COURSE_EVENTS = "calendars.tests.example_parts.course_events"
    yield example_parts.EVENTS
    example_parts.EVENTS.clear()
    example_parts.COURSES.clear()


@pytest.fixture
def courses(events):
    """The courses with a calendar: `courses[7] = ("Systems", ["alice"], [...])`."""
    return example_parts.COURSES


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def event():
    """`event("task-1", hours=5)` is an event that begins so many hours after noon of 1 January 2030."""

    def build(key="task-1", title="Due: Lists", *, hours=24.0, lasts=None, **values):
        start = NOW + timedelta(hours=hours)
        return Event(key, title, start, start + timedelta(hours=lasts) if lasts else None, **values)

    return build


@pytest.fixture
def path_for(events):
    """`path_for(alice)` makes an address of the personal calendar, `path_for(alice, 7)` one of a course."""

    def make(person, course_id=None, form_key="1"):
        return reverse("calendar-file", args=[make_address(person, course_id, form_key=form_key)])

    return make


@pytest.fixture
def read():
    """`read(path, if_none_match=etag)`: what a calendar app without cookies gets."""

    def get(path, **headers):
        return Client().get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return get
