"""The page of one machine: what it is, when it is free, what is booked on it."""

import re
from datetime import timedelta

import pytest

from farm.domain import booking, machines
from farm.models import Machine
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import NOW, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def dgx(db):
    return machines.add_machine(
        actor=None, name="dgx-01", gpu_count=8, memory_gb=1024, gpu_model="A100 80 GB", location="B12",
        tags=["nvlink"], notes="Fan two is loud.",
    )  # fmt: skip


@pytest.fixture
def page_of(dgx, client_of):
    def load(person, query="", **headers):
        response = client_of(person).get(f"/farm/machines/{dgx.pk}/{query}", headers=headers)
        assert response.status_code == 200
        return re.sub(r"\s+", " ", response.content.decode()).replace("&amp;", "&")

    return load


@pytest.fixture
def hold(dgx):
    def book(owner, start, end, gpus=8, **values):
        return booking.book(
            actor=None, owner=owner, start=start, end=end, allocations=[RequestedAllocation(dgx.pk, gpus, 1)], **values
        )

    return book


def fact(page, name):
    return re.search(rf"<dt>{name}</dt>\s*<dd>\s*(.*?)\s*</dd>", page)[1]


def test_it_shows_the_facts_of_the_machine(page_of, alice):
    page = page_of(alice)
    assert fact(page, "GPUs") == "8 × A100 80 GB"
    assert (fact(page, "Memory"), fact(page, "Location"), fact(page, "State")) == ("1024 GB", "B12", "Open")
    assert '<a href="/farm/?tag=nvlink">nvlink</a>' in fact(page, "Tags")
    assert "<b>8 of 8</b> GPU free now" in page
    assert "Nothing booked from now on" in page and "None planned" in page and "Nothing booked this week" in page


def test_only_staff_see_the_notes_and_the_link_to_the_admin(page_of, alice, staff, dgx):
    assert "Fan two" not in page_of(alice) and "/admin/" not in page_of(alice)
    assert "Fan two" in page_of(staff)
    assert f"/admin/farm/machine/{dgx.pk}/change/" in page_of(staff)


@pytest.mark.parametrize(
    ("range", "title", "units"),
    [("day", "Monday 7 January 2030", 4), ("week", "7 – 13 January 2030", 7), ("month", "January 2030", 5)],
)
def test_it_has_the_same_ranges_as_the_timeline(page_of, alice, dgx, range, title, units):
    page = page_of(alice, f"?day=2030-01-07&range={range}")
    assert f'<span class="at-when">{title}</span>' in page
    assert page.split('class="t-words"')[1].split("</g>")[0].count("<text") == units
    assert f'href="/farm/machines/{dgx.pk}/?day=2030-01-07&range=day"' in page


def test_it_says_when_some_and_when_all_of_it_is_free(page_of, hold, alice, bob):
    hold(bob, NOW, NOW + timedelta(hours=3))
    hold(bob, NOW + timedelta(hours=3), NOW + timedelta(hours=9), 5)
    page = page_of(alice)
    assert "full</b> now" in page
    assert ">16:00<" in fact(page, "Some free")
    assert "22:00" in fact(page, "All free")


def test_it_says_that_nothing_is_free_within_thirty_days(page_of, dgx, alice):
    machines.close(actor=None, machine_id=dgx.pk, start=NOW, end=NOW + timedelta(days=40), reason="Fire", confirm=True)
    page = page_of(alice)
    assert fact(page, "Some free") == fact(page, "All free") == "not in the next 30 days"
    assert "closed now" in page
    assert "Fire" in page.split("<h2>Closures</h2>")[1]


def test_the_next_ten_bookings_are_listed_and_more_are_mentioned(page_of, hold, alice, bob):
    for day in range(2, 15):
        hold(bob if day % 2 else alice, at(9, day), at(10, day), purpose=f"work {day}")
    table = page_of(alice, "?day=2031-01-01").split('<h2 class="at-section"><span>Running and next')[1]
    assert [f"work {day}" in table for day in (2, 11, 12, 14)] == [True, True, False, False]
    assert "More bookings follow" in table
    assert table.index("work 2") < table.index("work 3") < table.index("work 10")


def test_names_follow_the_policy(page_of, hold, alice, bob, staff, settings):
    settings.FARM_NAMES = "staff"
    hold(bob, at(9), at(10), purpose="his thesis")
    page = page_of(alice, "?day=2030-01-07")
    assert "Martin" not in page.replace("Alice Martin", "") and "his thesis" not in page
    assert len(re.findall(r">\s*Booked\s*<", page)) == 2
    assert "his thesis" in page_of(staff, "?day=2030-01-07")


@pytest.mark.parametrize(("state", "words"), [("draining", "is being drained"), ("retired", "is retired")])
def test_a_draining_or_retired_machine_cannot_be_booked(page_of, dgx, hold, alice, state, words):
    hold(alice, at(9), at(10), purpose="kept")
    Machine.objects.filter(pk=dgx.pk).update(state=state)
    page = page_of(alice, "?day=2030-01-07")
    assert words in page and "kept" in page
    assert f"/farm/book/?resource={dgx.pk}" not in page
    assert "<dt>Some free</dt>" not in page and 'class="t-words' not in page
    assert "data-open" not in page


def test_htmx_gets_the_page_without_its_frame(page_of, alice, dgx):
    page = page_of(alice, "?range=month", **{"HX-Request": "true"})
    assert page.strip().startswith('<div id="farm-timeline"')
    assert f'hx-get="/farm/machines/{dgx.pk}/?range=month"' in page


def test_the_number_of_queries_does_not_grow(client_of, hold, dgx, alice, bob, assert_flat):
    hold(alice, at(9), at(10), 1)

    def grow():
        for day in range(8, 28):
            hold(bob, at(9, day), at(10, day), 1)
            machines.close(
                actor=None, machine_id=dgx.pk, start=at(11, day), end=at(12, day), gpus=1, reason="", confirm=True
            )

    client = client_of(alice)
    assert_flat(lambda: client.get(f"/farm/machines/{dgx.pk}/?day=2030-01-07&range=month"), grow)
