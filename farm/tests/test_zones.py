"""Time zones far from Paris, and days on which clocks change.

No page breaks, and no date moves by itself.
"""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from farm.domain import booking, machines
from farm.models import Closure
from farm.pages import booking_card, booking_form_values, my_bookings
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
# Paris turns back at 01:00 UTC of 27 October 2030: 02:30 comes at 00:30 and again at 01:30 UTC.
FIRST, SECOND = datetime(2030, 10, 27, 0, 30, tzinfo=UTC), datetime(2030, 10, 27, 1, 30, tzinfo=UTC)


def lives_in(person, zone):
    person.zone = zone
    person.save(update_fields=["zone"])


def book(owner, machine, start, end, **values):
    return booking.book(
        actor=None, owner=owner, start=start, end=end, allocations=[RequestedAllocation(machine.pk, 2, 2)], **values
    )


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"])
def test_every_range_of_the_timeline_works_in_every_zone(take, alice, client_of, machine, zone):
    lives_in(alice, zone)
    take(alice, 9, 20, 4, 2)
    client = client_of(alice)
    for day in ("2030-01-07", "2030-04-07", "2030-10-06", "2011-12-30"):
        for span in ("day", "week", "month"):
            assert client.get(f"/farm/?day={day}&range={span}").status_code == 200, (day, span)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59", "9998-12-31T23:59"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/St_Johns"])
def test_a_closure_at_the_first_or_last_datetime_breaks_no_page(alice, staff, client_of, machine, moment, zone):
    lives_in(alice, zone), lives_in(staff, "America/St_Johns")
    values = {"start": "2030-01-07T10:00", "end": moment, "how_much": "all", "confirm": "1"}
    address = f"/admin/farm/machine/steps/close/?ids={machine.pk}"
    assert client_of(staff).post(address, values).status_code in (200, 302)
    for page in ("/farm/?day=2030-01-07", f"/farm/machines/{machine.pk}/", "/api/v1/farm/closures"):
        assert client_of(alice).get(page).status_code == 200, page
    assert client_of(staff).get("/admin/farm/closure/").status_code == 200


def test_a_closure_begins_in_the_first_of_two_repeated_hours(staff, client_of, machine):
    values = {"start": "2030-10-27T02:30", "end": "2030-10-27T05:00", "how_much": "all", "confirm": "1"}
    client_of(staff).post(f"/admin/farm/machine/steps/close/?ids={machine.pk}", values)
    assert Closure.objects.get().start == FIRST


def test_changing_the_purpose_does_not_move_a_booking_in_the_repeated_hour(alice, client_of, machine):
    row = book(alice, machine, SECOND + timedelta(seconds=5), SECOND + timedelta(hours=2))
    form = {"start": "2030-10-27T02:30", "end": "2030-10-27T04:30", "purpose": "other words"}
    form |= {"lines": 1, "resource": machine.pk, "gpus": 2, "memory_gb": 2, "version": row.version}
    client_of(alice).post(f"/farm/bookings/{row.pk}/change/", form)
    was = row.start
    row.refresh_from_db()
    assert (row.purpose, row.start, row.end) == ("other words", was, SECOND + timedelta(hours=2))


def test_the_next_half_hour_lies_ahead_in_the_repeated_hour(frozen, settings):
    frozen.move_to(SECOND - timedelta(minutes=15))
    assert booking_form_values.next_half_hour() == SECOND
    frozen.move_to(SECOND)
    assert booking_form_values.next_half_hour() == SECOND + timedelta(minutes=30)


def test_a_month_with_a_25_hour_day_counts_the_extra_hour(alice, machine):
    """31 days and one hour of two GPUs, on the card and in one's own bookings."""
    row = book(alice, machine, datetime(2030, 9, 20, tzinfo=UTC), datetime(2030, 11, 20, tzinfo=UTC))
    now = datetime(2030, 10, 10, tzinfo=UTC)
    words = booking_card.load_card(alice, row, now)["counts"]
    assert f"{2 * (31 * 24 + 1)} this month" in words
    hours = my_bookings.hours_of_month(alice, now)
    assert float(hours.used) + float(hours.held) == 2 * (31 * 24 + 1)


def test_the_duplicate_link_of_a_card_has_every_machine(alice, client_of, machine):
    other = machines.add_machine(actor=None, name="other", gpu_count=8, memory_gb=8)
    allocations = [RequestedAllocation(machine.pk, 2, 2), RequestedAllocation(other.pk, 3, 4)]
    row = booking.book(actor=None, owner=alice, start=at(9), end=at(11), allocations=allocations)
    query = parse_qs(urlsplit("?" + booking_card.load_card(alice, row, at(8))["duplicate"]["query"]).query)
    form_values = booking_form_values.values_from_query(
        {name: values[0] for name, values in query.items()}, alice, [machine, other]
    )
    assert [(str(line["resource"]), str(line["gpus"])) for line in form_values.rows] == [
        (str(machine.pk), "2"),
        (str(other.pk), "3"),
    ]


def test_the_axis_of_a_day_names_the_hour_that_comes_twice(machine, alice, client_of):
    page = client_of(alice).get("/farm/?day=2030-10-27&range=day").content.decode()
    assert hours_of(page)[:3] == ["00:00", "02:00 CEST", "04:00"]
    page = client_of(alice).get("/farm/?day=2030-10-28&range=day").content.decode()
    assert hours_of(page)[:3] == ["00:00", "02:00", "04:00"]


def hours_of(page):
    """Return the labels of the time axis."""
    axis = page.split('class="at-days"')[1].partition("</svg>")[0]
    return re.findall(r">([0-9]{2}:00[^<]*)</text>", axis)
