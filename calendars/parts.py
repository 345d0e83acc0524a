"""The events of calendars, from the apps above. This app may not import them: settings name their functions."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User
from calendars.events import Event, Window


def personal_events(person: User, window: Window) -> list[Event]:
    """Return the events of a person from all apps (settings.CALENDAR_PARTS: person, window -> events)."""
    return [event for name in settings.CALENDAR_PARTS for event in import_string(name)(person, window)]


def course_titles(person: User) -> dict[int, str]:
    """Return the titles of the courses whose calendar the person may read, by id (settings.CALENDAR_COURSES)."""
    return cast(Callable[[User], dict[int, str]], import_string(settings.CALENDAR_COURSES))(person)


def course_events(person: User, course_id: int, window: Window) -> tuple[str, list[Event]] | None:
    """Return the title and the events of a course (settings.CALENDAR_COURSE_EVENTS).

    None when the person may not read them, or not any more.
    """
    load = import_string(settings.CALENDAR_COURSE_EVENTS)
    return cast(Callable[[User, int, Window], tuple[str, list[Event]] | None], load)(person, course_id, window)
