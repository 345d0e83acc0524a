"""The answers to a calendar app at an address: the file, 304, 410, 404, 429; without a session and with few queries."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from accounts.models import GuessCount
from calendars.addresses import revoke_address
from calendars.models import CalendarAddress
from calendars.tests.conftest import NOW
from kernel.testing.calendars import read_calendar, read_events, titles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
GUESSED = f"/calendars/{'x' * 43}.ics"


def test_an_app_without_cookies_reads_the_calendar(alice, events, event, path_for, read):
    events.append(event())
    answer = read(path_for(alice))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Content-Language"] == "en"
    assert not answer.cookies
    assert not Session.objects.exists()
    assert titles(answer.content) == ["Due: Lists"]


def test_an_unchanged_calendar_is_a_304_and_is_not_written_again(alice, events, event, path_for, read, monkeypatch):
    events.append(event())
    path = path_for(alice)
    first = read(path)
    etag = first["ETag"]
    assert etag.startswith('"'), "it is strong"
    with monkeypatch.context() as patch:
        patch.setattr("calendars.reading.write_calendar", lambda *_: pytest.fail("the file is written"))
        for known in (etag, f"W/{etag}", f'"other", {etag}'):
            again = read(path, if_none_match=known)
            assert (again.status_code, again.content) == (304, b"")
            assert (again["ETag"], again["Cache-Control"]) == (etag, "private, no-cache")
    assert read(path).content == first.content
    assert read(path, if_none_match='"other"').status_code == 200


def test_any_change_gives_another_etag(alice, events, event, path_for, read, clock, settings):
    events.append(event(description="Systems"))
    path = path_for(alice)
    seen = [read(path)["ETag"]]
    for changed in (
        [event(description="Networks")],
        [event(description="Networks", is_tentative=True)],
        [event(description="Networks"), event("task-2")],
        [event("task-2")],
    ):
        events[:] = changed
        seen.append(read(path)["ETag"])
    settings.PUBLIC_URL = "https://moved.example"
    seen.append(read(path)["ETag"])
    clock.shift(timedelta(days=31))  # the cancelled event has left
    seen.append(read(path)["ETag"])
    assert len(set(seen)) == len(seen)


def test_head_has_the_headers_and_no_body(alice, events, event, path_for, client):
    events.append(event())
    path = path_for(alice)
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == whole["ETag"]
    assert head["Content-Length"] == whole["Content-Length"] == str(len(whole.content))
    assert client.head(path, headers={"If-None-Match": whole["ETag"]}).status_code == 304
    assert client.post(path).status_code == 405


def test_an_event_that_is_gone_stays_as_cancelled_for_30_days(alice, events, event, path_for, read, clock):
    events.append(event(hours=24 * 90, description="Systems", path="/courses/1/"))
    path = path_for(alice)
    before = read_events(read(path).content)["task-1"]
    clock.shift(timedelta(hours=2))
    events.clear()
    for _ in range(2):
        cancelled = read_events(read(path).content)["task-1"]
        assert cancelled.status.value == "CANCELLED"
        assert cancelled.uid.value == before.uid.value
        assert int(cancelled.sequence.value) == int(before.sequence.value) + 1
        assert cancelled.contents["last-modified"][0].value == NOW + timedelta(hours=2)
        assert "description" not in cancelled.contents
        clock.shift(timedelta(days=29))
    clock.shift(timedelta(days=2))
    assert read_events(read(path).content) == {}


def test_a_revoked_address_is_gone_at_once(alice, events, event, path_for, read):
    events.append(event())
    path = path_for(alice)
    etag = read(path)["ETag"]
    revoke_address(alice, CalendarAddress.objects.get())
    for answer in (read(path), read(path, if_none_match=etag)):
        assert answer.status_code == 410
        assert b"Lists" not in answer.content
    assert CalendarAddress.objects.get().sent == {}


def test_a_closed_account_has_no_calendar(alice, events, event, path_for, read):
    events.append(event())
    path = path_for(alice)
    assert read(path).status_code == 200
    alice.is_active = False
    alice.save()
    assert read(path).status_code == 410


def test_a_person_who_left_a_course_reads_its_calendar_no_more(alice, courses, event, path_for, read):
    courses[7] = ("Systems", ["alice"], [event()])
    path = path_for(alice, 7)
    answer = read(path)
    assert read_calendar(answer.content).contents["name"][0].value == "Systems"
    assert titles(answer.content) == ["Due: Lists"]
    courses[7] = ("Systems", [], [event()])
    assert read(path).status_code == 410


def test_a_guessed_address_is_not_found_with_the_same_work(alice, events, event, path_for, read, queries_of):
    events.append(event())
    path = path_for(alice)
    read(path)
    revoke_address(alice, CalendarAddress.objects.get())

    def selects(asked):
        return [sql.partition("WHERE")[0] for sql in queries_of(lambda: read(asked)) if sql.startswith("SELECT")][:2]

    assert read(GUESSED).status_code == 404
    assert selects(GUESSED) == selects(path)
    for odd in ("/calendars/.ics", "/calendars/a%00b.ics", f"/calendars/{'é' * 2000}.ics", "/calendars/%ff.ics"):
        assert read(odd).status_code == 404


def test_guesses_are_limited_for_each_network_address(alice, events, path_for, read, client, settings):
    settings.GUESSES_PER_ADDRESS = 3
    path = path_for(alice)
    for _ in range(5):
        assert read(path).status_code == 200
    assert not GuessCount.objects.exists(), "readers cost no writes"
    statuses = [read(f"/calendars/{number}.ics").status_code for number in range(5)]
    assert statuses == [404, 404, 404, 429, 429]
    answer = read(path)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert client.get(path, REMOTE_ADDR="192.0.2.9").status_code == 200


def test_the_language_is_that_of_the_reader(alice, events, event, path_for, client):
    alice.language = "fr"
    alice.save()
    answer = client.get(path_for(alice), headers={"Accept-Language": "en"})
    assert answer["Content-Language"] == "fr"


def test_the_last_reading_is_noted_at_most_every_ten_minutes(alice, events, path_for, read, clock, queries_of):
    path, agent = path_for(alice), "Mozilla/5.0 (X11) Thunderbird/128.0"
    read(path, user_agent=agent)
    clock.shift(timedelta(minutes=9))
    assert not [sql for sql in queries_of(lambda: read(path, user_agent=agent)) if sql.startswith("UPDATE")]
    address = CalendarAddress.objects.get()
    assert (address.read_at, address.read_by) == (NOW, "Thunderbird")
    clock.shift(timedelta(minutes=2))
    read(path, user_agent=agent)
    assert CalendarAddress.objects.get().read_at == NOW + timedelta(minutes=11)
    read(path, user_agent="Google-Calendar-Importer")
    assert CalendarAddress.objects.get().read_by == "Google Calendar"


def test_the_window_is_30_days_back_and_400_days_ahead(alice, events, event, path_for, read):
    days = {"past": -31, "recent": -29, "far": 399, "beyond": 401}
    events += [event(key, key, hours=24 * number) for key, number in days.items()]
    assert titles(read(path_for(alice)).content) == ["recent", "far"]
