"""Words of the farm's pages: years, hours that a clock change repeats or skips, right-to-left names, counts."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from farm.domain import booking, machines
from farm.models import Reservation
from farm.rules import wording
from farm.rules.limits import RequestedAllocation
from farm.tests.builders import FORM
from farm.tests.conftest import NOW
from farm.tests.page_text import section_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
# In Paris, in 2030: the clock goes forward on 31 March at 2, and back on 27 October at 3.
FORWARD, BACK = "2030-03-31", "2030-10-27"


@pytest.fixture
def paris():
    with timezone.override("Europe/Paris"):
        yield


def test_a_day_of_another_year_has_its_year(paris):
    first, last = datetime(2030, 12, 31, 8, tzinfo=UTC), datetime(2031, 1, 1, 8, tzinfo=UTC)
    assert wording.span(first, last) == "Tue 31 Dec 09:00 – Wed 1 Jan 2031 09:00"
    assert wording.span(first, first + timedelta(hours=1)) == "Tue 31 Dec 09:00 – 10:00"


def test_a_repeated_hour_says_which_one_it_is(paris):
    first = datetime(2030, 10, 27, 0, 30, tzinfo=UTC)
    assert wording.span(first, first + timedelta(hours=1)) == "Sun 27 Oct 02:30 CEST – 02:30 CET"
    assert wording.clock(first - timedelta(hours=1)) == "01:30"


@pytest.mark.parametrize(
    ("day", "note"),
    [
        (FORWARD, "02:30 does not exist on that day: the clock goes forward. 03:30 CEST was taken."),
        (BACK, "02:30 comes twice on that day: the clock goes back. The first was taken, 02:30 CEST."),
    ],
)
def test_a_skipped_or_repeated_hour_that_is_typed_is_named(machine, alice, client_of, day, note):
    client = client_of(alice)
    data = {**FORM, "resource": machine.pk, "start": f"{day}T02:30", "end": f"{day}T05:00"}
    assert note in text_of(client.get("/farm/book/preview/", data))
    assert note in text_of(client.post("/farm/book/", data, follow=True))
    assert Reservation.objects.count() == 1


def test_a_shortage_names_the_capacity_of_the_machine(take, alice, api_of):
    take(alice, 9, 10, 11)
    body = {
        "start": "2030-01-07T09:00:00Z", "end": "2030-01-07T10:00:00Z",
        "lines": [{"resource": 1, "gpus": 20, "memory_gb": 1}],
    }  # fmt: skip
    message = api_of(alice).post("/api/v1/farm/reservations/", body).json()["error"]["message"]
    assert "19 GPUs missing" in message and message.endswith("It has 12 GPUs · 16 GB.")


def test_the_count_of_the_next_bookings_is_that_of_all_pages(machine, alice, client_of):
    for number in range(61):
        start = NOW + timedelta(days=1, hours=number)
        booking.book(
            actor=None, owner=alice, start=start, end=start + timedelta(hours=1),
            allocations=[RequestedAllocation(machine.pk, 1, 0)],
        )  # fmt: skip
    client = client_of(alice)
    for page in ("1", "2"):
        assert "61 bookings" in section_of(text_of(client.get("/farm/bookings/", {"ahead": page})), "Next")


def test_a_right_to_left_name_of_a_machine_is_isolated_in_every_sentence(machine, alice, staff, client_of):
    name, isolated = "מכונה 3", "\u2068מכונה 3\u2069"
    machines.change_machine(actor=staff, machine_id=machine.pk, name=name)
    client = client_of(alice)
    data = {**FORM, "resource": machine.pk, "gpus": 13}
    assert isolated in text_of(client.post("/farm/book/", data))
    client.post("/farm/book/", {**data, "gpus": 3})
    row = Reservation.objects.get()
    for address in ("/", "/farm/", "/farm/bookings/", f"/farm/bookings/{row.pk}/", f"/farm/machines/{machine.pk}/"):
        page = text_of(client.get(address))
        assert name in page
        assert page.count(name) == page.count(isolated) + page.count(f"<bdi>{name}"), address
