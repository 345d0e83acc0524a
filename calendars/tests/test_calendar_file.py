"""Files as another library reads them: texts in any script, times in four zones over both changes of the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars.calendar_file import write_calendar
from calendars.events import Event
from calendars.history import merge
from calendars.tests.conftest import NOW
from kernel.testing.calendars import read_calendar, read_events

# zone, and local days of both changes of the clock in one year
ZONES = {
    "Europe/Paris": ["2030-03-31", "2030-10-27"],
    "America/New_York": ["2030-03-10", "2030-11-03"],
    "Australia/Lord_Howe": ["2030-04-07", "2030-10-06"],  # by half an hour
    "Africa/Casablanca": ["2030-01-06", "2030-02-10"],  # around Ramadan
}
HOSTILE = [
    'Quotes "and" ‘others’, commas; semicolons: colons',
    "C:\\New\\notes \\, \\; \\n",
    "Line\nbreak",
    "مرحبا بالعالم",
    "日本語のタイトル" * 20,
    "👩‍👩‍👧‍👧" * 30,
    "END:VEVENT\nBEGIN:VEVENT\nSUMMARY:forged",
    "=cmd|' /C calc'!A0",
    "  spaces at both ends  ",
    "%2C%5C",
]


def write(*events, title="Mine"):
    return write_calendar(merge({}, events, NOW).values(), title)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_of_any_kind_is_read_back_as_it_was_written(text):
    content = write(Event("a", text, NOW, description=text, place=text), Event("b", "other", NOW), title=text)
    events = read_events(content)
    assert list(events) == ["a", "b"]
    event = events["a"]
    assert event.summary.value == event.location.value == event.description.value == text
    assert read_calendar(content).contents["name"][0].value == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\r\nb\rc\u2028d", "a\nb\nc\nd"), ("a\x00\x07b\ud800c", "abc"), ("x" * 3000, "x" * 1999 + "…")],
)
def test_control_characters_and_endless_texts_are_cut(text, shown):
    assert read_events(write(Event("a", text, NOW)))["a"].summary.value == shown


@pytest.mark.parametrize("zone", ZONES)
def test_local_times_are_right_on_every_hour_around_both_changes_of_the_clock(zone):
    local_zone = ZoneInfo(zone)
    moments = []
    for day in ZONES[zone]:
        midnight = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=local_zone).astimezone(UTC)
        moments += [midnight + timedelta(minutes=30 * step) for step in range(-48, 96)]
    offsets = {moment.astimezone(local_zone).utcoffset() for moment in moments}
    assert len(offsets) == 2, "both sides of a change are tested"
    events = [Event(f"e{number}", "x", at, at + timedelta(hours=5)) for number, at in enumerate(moments)]
    read = read_events(write(*events))
    for event in events:
        for name, moment in (("dtstart", event.start), ("dtend", event.end)):
            value = read[event.key].contents[name][0].value
            assert value.utcoffset() == timedelta()
            local = value.astimezone(local_zone)
            assert (local.isoformat(), local.fold) == (
                moment.astimezone(local_zone).isoformat(),
                moment.astimezone(local_zone).fold,
            )


def test_a_calendar_to_read_again_says_its_name_and_how_often(settings):
    calendar = read_calendar(write(title="Mine"))
    values = {name: lines[0].value for name, lines in calendar.contents.items()}
    assert values["version"] == "2.0"
    assert values["prodid"]
    assert values["name"] == values["x-wr-calname"] == "Mine"
    assert values["refresh-interval"] == values["x-published-ttl"] == "PT1H"
    assert calendar.contents["refresh-interval"][0].params == {"VALUE": ["DURATION"]}


def test_an_event_names_its_page_and_a_moment_has_no_end(settings):
    settings.PUBLIC_URL, settings.MAIL_DOMAIN = "https://atelier.school.example", "atelier.school.example"
    event = read_events(write(Event("task-7", "Due: x", NOW, description="Systems", path="/courses/1/")))["task-7"]
    assert event.uid.value == "task-7@atelier.school.example"
    assert event.url.value == "https://atelier.school.example/courses/1/"
    assert event.description.value == "Systems\nhttps://atelier.school.example/courses/1/"
    assert event.dtstart.value == NOW
    assert "dtend" not in event.contents
    assert event.transp.value == "TRANSPARENT"
    assert event.dtstamp.value == event.contents["last-modified"][0].value == NOW


def test_an_event_that_waits_is_tentative():
    events = read_events(write(Event("a", "x", NOW, is_tentative=True), Event("b", "x", NOW)))
    assert [event.status.value for event in events.values()] == ["TENTATIVE", "CONFIRMED"]
