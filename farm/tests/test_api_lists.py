"""What the lists of /api/v1/farm/ find: windows, filters, states as shown, hidden names, pages; in how many queries."""

from datetime import timedelta

import pytest

from farm.domain import booking, machines
from farm.models import DRAFT_LIFE, Allocation, Project, Reservation
from farm.models.states import State
from farm.rules.limits import Line
from farm.tests.conftest import NOW, at
from kernel.api import paging

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
BASE = "/api/v1/farm"


@pytest.fixture
def found(api_of):
    """`found(alice, "reservations?mine=1")`: the ids, in the order of the answer."""

    def ask(person, query):
        answer = api_of(person).get(f"{BASE}/{query}")
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["results"]]

    return ask


def test_a_window_keeps_what_has_a_part_in_it(found, alice, take):
    rows = [take(alice, hour, hour + 1, 1).pk for hour in range(8, 14)]
    assert found(alice, "reservations?from=2030-01-07T10:00:00Z&to=2030-01-07T12:00:00Z") == rows[2:4]
    assert found(alice, "reservations?from=2030-01-07T12:30:00Z") == rows[4:]
    assert found(alice, "reservations?to=2030-01-07 09:00:00") == rows[:1]
    assert found(alice, "reservations?resource=1&from=2030-01-07T13:00:00Z") == rows[5:]


def test_a_moment_without_a_zone_is_utc_wherever_the_reader_is(found, person, take):
    far = person("dora", zone="Asia/Tokyo")
    row = take(far, 9, 10, 1).pk
    assert found(far, "reservations?from=2030-01-07T09:59:00&to=2030-01-07T10:00:00") == [row]


def test_they_are_asked_for_by_owner_machine_and_project(found, alice, bob, staff, take):
    project = Project.objects.create(name="team")
    project.members.add(bob)
    other = machines.add_machine(actor=None, gpu_count=4, memory_gb=4).pk
    hers, his = take(alice, 9, 10, 1).pk, take(bob, 9, 10, 1, project=project).pk
    elsewhere = take(bob, 8, 9, 1, machine_id=other).pk
    assert found(alice, "reservations?mine=true") == [hers]
    assert found(alice, "reservations?owner=bob") == [elsewhere, his]
    assert found(alice, f"reservations?owner=bob&resource={other}") == [elsewhere]
    assert found(alice, f"reservations?project={project.pk}") == [his]
    assert found(alice, "reservations?ordering=-id") == [elsewhere, his, hers]
    assert found(alice, "reservations?owner=nobody") == []


@pytest.mark.parametrize(("policy", "seen"), [("everyone", 2), ("project", 1), ("staff", 0)])
def test_a_question_about_a_name_tells_no_hidden_one(found, api_of, alice, bob, staff, take, settings, policy, seen):
    settings.FARM_NAMES = policy
    shared = Project.objects.create(name="team")
    shared.members.add(alice, bob)
    take(bob, 9, 10, 1, project=shared), take(bob, 10, 11, 1)
    assert len(found(alice, "reservations?owner=bob")) == seen
    assert len(found(alice, f"reservations?project={shared.pk}")) == min(seen, 1)
    assert len(found(bob, "reservations?owner=bob")) == len(found(staff, "reservations?owner=bob")) == 2
    named = [row for row in api_of(alice).get(f"{BASE}/reservations").json()["results"] if "owner" in row]
    assert len(named) == seen


def test_the_state_that_is_asked_for_is_the_state_that_is_shown(found, api_of, alice, machine):
    """Every stored state at every time: what the filter finds is what state_at says of each row."""
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
    shown = {row["id"]: row["state"] for row in api_of(alice).get(f"{BASE}/reservations?limit=500").json()["results"]}
    assert len(shown) == Reservation.objects.count() == 65
    for state in State:
        expected = sorted(pk for pk, said in shown.items() if said == state)
        assert sorted(found(alice, f"reservations?state={state}&limit=500")) == expected
        assert expected, state


@pytest.mark.parametrize("field", ["from", "to", "resource", "project", "state", "ordering", "limit", "offset", "mine"])
def test_an_odd_value_is_named(api_of, alice, field):
    answer = api_of(alice).get(f"{BASE}/reservations?{field}=odd")
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field


def test_pages_say_where_the_next_is_and_stop_counting_where_that_would_cost(api_of, alice, take, monkeypatch):
    monkeypatch.setattr(paging, "MAX_COUNT", 5)
    monkeypatch.setattr(paging, "MAX_OFFSET", 8)
    rows = [take(alice, hour, hour + 1, 1).pk for hour in range(8, 16)]
    api, seen, where = api_of(alice), [], f"{BASE}/reservations?limit=3"
    while where:
        page = api.get(where).json()
        assert (page["count"], page["count_is_exact"]) == (5, False)
        seen += [row["id"] for row in page["results"]]
        where = page["next"]
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


def fill(owner, rows, count):
    """`count` bookings spread over these machines and the ten days before and after now."""
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


def test_no_list_asks_more_for_300_machines_and_2000_bookings(api_of, alice, staff, machine, queries_of):
    api = api_of(alice)
    machines.change_machine(actor=None, machine_id=machine.pk, tags=["a"])
    fill(alice, [machine], 10)
    Project.objects.create(name="first").members.add(alice)
    reads = {address: (lambda address=address: api.get(f"{BASE}/{address}")) for address in LISTS}

    def grow():
        rows = [machine]
        rows += [machines.add_machine(actor=None, gpu_count=4, memory_gb=8, tags=["a"]) for _ in range(299)]
        fill(alice, rows, 1990)
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


def test_a_booking_of_two_machines_is_found_by_either_and_once(found, alice):
    other = machines.add_machine(actor=None, gpu_count=4, memory_gb=4).pk
    row = booking.book(actor=alice, owner=alice, start=at(9), end=at(10), lines=[Line(1, 1, 0), Line(other, 1, 0)])
    assert found(alice, "reservations?resource=1") == found(alice, f"reservations?resource={other}") == [row.pk]


def test_a_window_is_read_from_an_index_with_both_its_ends_and_not_from_history(api_of, alice, queries_of):
    """SQLite says which index it takes; MariaDB, which chooses by size, was measured with 100,000 bookings."""
    from django.db import connection

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
        asked = [sql for sql in queries_of(lambda address=address: api_of(alice).get(address)) if "2030-01-03" in sql]
        assert asked
        for sql in asked:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                plan = [row[3] for row in cursor.fetchall()]
            both = "start>? AND start<?" if index == "by_start" else "end>? AND end<?"
            assert any(f"{table}_{index}" in step and both in step for step in plan), (address, plan)
