"""Addresses that are made, guessed and read by many at the same moment, on SQLite and on MariaDB."""

from collections import Counter
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from calendars.addresses import MOST, make_address
from calendars.events import Event
from calendars.models import CalendarAddress, open_addresses
from kernel.errors import Conflict
from kernel.testing.calendars import titles
from kernel.testing.threads import run_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def try_to_make(person, form_key):
    try:
        return make_address(person, None, form_key=form_key)
    except Conflict:
        return ""


def test_of_many_addresses_at_once_no_more_than_the_limit_are_made(alice, events):
    for number in range(MOST - 2):
        make_address(alice, None, form_key=f"early {number}")
    secrets = run_at_once(lambda number: try_to_make(alice, str(number)), 8)
    assert sum(bool(secret) for secret in secrets) == 2
    assert open_addresses(alice).count() == MOST


def test_a_form_that_is_sent_twice_at_once_makes_one_address(alice, events):
    secrets = run_at_once(lambda _number: try_to_make(alice, "k"), 6)
    assert len(set(secrets)) == 1
    assert CalendarAddress.objects.count() == 1


def test_of_many_guesses_at_once_no_more_than_the_limit_are_answered(alice, events, settings):
    settings.GUESSES_PER_ADDRESS = 3
    statuses = run_at_once(lambda number: Client().get(f"/calendars/{number}.ics").status_code, 12)
    assert Counter(statuses) == {404: 3, 429: 9}


def test_readings_at_once_all_get_the_whole_calendar(alice, events, path_for):
    tomorrow = timezone.now() + timedelta(days=1)
    events += [Event(f"task-{number}", str(number), tomorrow) for number in range(20)]
    path = path_for(alice)
    answers = run_at_once(lambda _number: Client().get(path), 6)
    assert {answer.status_code for answer in answers} == {200}
    assert all(len(titles(answer.content)) == 20 for answer in answers)
    again = Client().get(path)
    assert Client().get(path, headers={"If-None-Match": again["ETag"]}).status_code == 304
