"""The lists of /api/v1/farm/: windows, filters, states, hidden names, pages, and their number of queries."""

from datetime import timedelta

import pytest
from django.db import connection

from farm.domain import booking, machines
from farm.models import DRAFT_LIFE, Allocation, Project, Reservation
from farm.models.states import State
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import NOW, at
from kernel.api import paging

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
BASE = "/api/v1/farm"


@pytest.fixture
def ids_of(api_of):
    """`ids_of(alice, "reservations?mine=1")` returns the ids, in the order of the answer."""

    def read(person, query):
        answer = api_of(person).get(f"{BASE}/{query}")
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["results"]]

    return read


def test_a_window_keeps_the_bookings_that_overlap_it(ids_of, alice, take):
    rows = [take(alice, hour, hour + 1, 1).pk for hour in range(8, 14)]
    assert ids_of(alice, "reservations?from=2030-01-07T10:00:00Z&to=2030-01-07T12:00:00Z") == rows[2:4]
    assert ids_of(alice, "reservations?from=2030-01-07T12:30:00Z") == rows[4:]
    assert ids_of(alice, "reservations?to=2030-01-07 09:00:00Z") == rows[:1]
    assert ids_of(alice, "reservations?resource=1&from=2030-01-07T13:00:00Z") == rows[5:]


def test_a_moment_in_utc_is_the_same_wherever_the_reader_is(ids_of, person, take):
    far = person("dora", zone="Asia/Tokyo")
    row = take(far, 9, 10, 1).pk
    assert ids_of(far, "reservations?from=2030-01-07T09:59:00Z&to=2030-01-07T10:00:00Z") == [row]


def test_bookings_are_filtered_by_owner_machine_and_project(ids_of, alice, bob, staff, take):
    project = Project.objects.create(name="team")
    project.members.add(bob)
    other = machines.add_machine(actor=None, gpu_count=4, memory_gb=4).pk
    hers, his = take(alice, 9, 10, 1).pk, take(bob, 9, 10, 1, project=project).pk
    elsewhere = take(bob, 8, 9, 1, machine_id=other).pk
    assert ids_of(alice, "reservations?mine=true") == [hers]
    assert ids_of(alice, "reservations?owner=bob") == [elsewhere, his]
    assert ids_of(alice, f"reservations?owner=bob&resource={other}") == [elsewhere]
    assert ids_of(alice, f"reservations?project={project.pk}") == [his]
    assert ids_of(alice, "reservations?ordering=-id") == [elsewhere, his, hers]
    assert ids_of(alice, "reservations?owner=nobody") == []


@pytest.mark.parametrize(("policy", "seen"), [("everyone", 2), ("project", 1), ("staff", 0)])
def test_a_filter_by_name_finds_no_booking_whose_name_is_hidden(
    ids_of, api_of, alice, bob, staff, take, settings, policy, seen
):
    settings.FARM_NAMES = policy
    shared = Project.objects.create(name="team")
    shared.members.add(alice, bob)
    take(bob, 9, 10, 1, project=shared), take(bob, 10, 11, 1)
    assert len(ids_of(alice, "reservations?owner=bob")) == seen
    assert len(ids_of(alice, f"reservations?project={shared.pk}")) == min(seen, 1)
    assert len(ids_of(bob, "reservations?owner=bob")) == len(ids_of(staff, "reservations?owner=bob")) == 2
    named = [row for row in api_of(alice).get(f"{BASE}/reservations").json()["results"] if "owner" in row]
    assert len(named) == seen


def test_the_filter_by_state_finds_the_bookings_that_show_this_state(ids_of, api_of, alice, machine):
    """For every stored state and every time, the filter agrees with Reservation.state_at."""
    spans = [(-3, -1), (-2, 0), (-1, 1), (0, 2), (1, 3)]
    ages = [timedelta(), DRAFT_LIFE - timedelta(seconds=1), DRAFT_LIFE, timedelta(days=3)]
    for state in State:
        for start, end in spans:
            for age in ages if state == State.DRAFT else ages[:1]:
                Reservation.objects.create(
                    owner=alice,
                    start=NOW + timedelta(hours=start),
                    end=NOW + timedelta(hours=end),
                    state=state,
                    created_at=NOW - age,
                )
    rows = api_of(alice).get(f"{BASE}/reservations?limit=500").json()["results"]
    states = {row["id"]: row["state"] for row in rows}
    assert len(states) == Reservation.objects.count() == 65
    for state in State:
        expected = sorted(pk for pk, shown_state in states.items() if shown_state == state)
        assert sorted(ids_of(alice, f"reservations?state={state}&limit=500")) == expected
        assert expected, state


@pytest.mark.parametrize("field", ["from", "to", "resource", "project", "state", "ordering", "limit", "offset", "mine"])
def test_an_invalid_parameter_is_refused_with_its_name(api_of, alice, field):
    answer = api_of(alice).get(f"{BASE}/reservations?{field}=odd")
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field


def test_pages_link_the_next_one_and_counting_stops_at_a_limit(api_of, alice, take, monkeypatch):
    monkeypatch.setattr(paging, "MAX_COUNT", 5)
    monkeypatch.setattr(paging, "MAX_OFFSET", 8)
    rows = [take(alice, hour, hour + 1, 1).pk for hour in range(8, 16)]
    api, seen, address = api_of(alice), [], f"{BASE}/reservations?limit=3"
    while address:
        page = api.get(address).json()
        assert (page["count"], page["count_is_exact"]) == (5, False)
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert seen == rows
    assert api.get(f"{BASE}/reservations?limit=3&offset=3").json()["previous"]
    assert api.get(f"{BASE}/reservations?offset=9").json()["error"]["field"] == "offset"
    few = api.get(f"{BASE}/reservations?from=2030-01-07T13:00:00Z").json()
    assert (few["count"], few["count_is_exact"]) == (3, True)


def test_a_page_has_at_most_500_rows(api_of, alice):
    Reservation.objects.bulk_create(
        Reservation(owner=alice, start=at(8), end=at(9), state=State.CONFIRMED) for _ in range(501)
    )
    assert len(api_of(alice).get(f"{BASE}/reservations?limit=9999").json()["results"]) == 500


def make_bookings(owner, rows, count):
    """Make `count` bookings, spread over these machines and the ten days before and after now."""
    made = Reservation.objects.bulk_create(
        Reservation(
            owner=owner,
            start=NOW + timedelta(minutes=15 * (number % 1920) - 14400),
            end=NOW + timedelta(minutes=15 * (number % 1920) - 14370),
            state=State.CONFIRMED,
        )
        for number in range(count)
    )
    Allocation.objects.bulk_create(
        Allocation(
            reservation=row,
            machine=rows[number % len(rows)],
            gpus=0,
            memory_gb=1,
            start=row.start,
            end=row.end,
        )
        for number, row in enumerate(made)
    )


LISTS = [
    "resources",
    "resources?tag=a",
    "resources/1",
    "resources/1/availability",
    "closures",
    "projects",
    "reservations",
    "reservations?from=2030-01-01T00:00:00Z&to=2030-01-03T00:00:00Z&resource=1&state=confirmed",
    "reservations?mine=true&ordering=-start&limit=500",
    "slots?gpus=1&memory_gb=1&hours=2&limit=500",
]


def test_no_list_takes_more_queries_with_300_machines_and_2000_bookings(api_of, alice, staff, machine, queries_of):
    api = api_of(alice)
    machines.change_machine(actor=None, machine_id=machine.pk, tags=["a"])
    make_bookings(alice, [machine], 10)
    Project.objects.create(name="first").members.add(alice)
    reads = {address: (lambda address=address: api.get(f"{BASE}/{address}")) for address in LISTS}

    def grow():
        rows = [machine]
        rows += [machines.add_machine(actor=None, gpu_count=4, memory_gb=8, tags=["a"]) for _ in range(299)]
        make_bookings(alice, rows, 1990)
        for number in range(30):
            Project.objects.create(name=f"team {number}").members.add(alice, staff)
        for row in rows[::3]:
            machines.close(actor=None, machine_id=row.pk, start=at(9, 20), end=at(10, 20))

    def count():
        assert all(read().status_code == 200 for read in reads.values())
        return {address: len(queries_of(read)) for address, read in reads.items()}

    before = count()
    grow()
    assert count() == before
    assert max(before.values()) <= 8, before
    assert len(reads["slots?gpus=1&memory_gb=1&hours=2&limit=500"]().json()) == 300


def test_a_booking_of_two_machines_is_found_once_by_either(ids_of, alice):
    other = machines.add_machine(actor=None, gpu_count=4, memory_gb=4).pk
    row = booking.book(
        actor=alice,
        owner=alice,
        start=at(9),
        end=at(10),
        allocations=[RequestedAllocation(1, 1, 0), RequestedAllocation(other, 1, 0)],
    )
    assert ids_of(alice, "reservations?resource=1") == ids_of(alice, f"reservations?resource={other}") == [row.pk]


def test_a_window_is_read_from_an_index_with_both_its_ends(api_of, alice, queries_of):
    """The cost does not grow with history.

    SQLite names the index it uses. MariaDB chooses by size; it was measured with 100,000 bookings.
    """
    if connection.vendor != "sqlite":
        pytest.skip("MariaDB reads a table of no rows as a whole")
    window = "from=2030-01-01T00:00:00Z&to=2030-01-03T00:00:00Z"
    for address, table, index in (
        (f"{BASE}/reservations?{window}", "farm_reservation", "by_start"),
        (f"{BASE}/reservations?{window}&state=confirmed", "farm_reservation", "by_start"),
        (f"{BASE}/reservations?{window}&resource=1", "farm_allocation", "resource_end"),
        (f"/Reservation?{window}", "farm_reservation", "by_start"),
        (f"/RessourceReserve?{window}", "farm_allocation", "by_end"),
    ):
        statements = [
            sql for sql in queries_of(lambda address=address: api_of(alice).get(address)) if "2030-01-03" in sql
        ]
        assert statements
        for sql in statements:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                plan = [row[3] for row in cursor.fetchall()]
            both_ends = "start>? AND start<?" if index == "by_start" else "end>? AND end<?"
            assert any(f"{table}_{index}" in step and both_ends in step for step in plan), (address, plan)
