"""The parts of a timeline with many machines: few are sent at once, none is lost, and the queries stay few."""

import re
from datetime import timedelta

import pytest

from farm.domain import machines
from farm.models import Closure, Machine
from farm.tests.builders import bookings_in_bulk, many_machines
from farm.tests.conftest import NOW, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
WEEK = "/farm/?day=2030-01-07"
HTMX = {"HX-Request": "true"}


def text(response):
    assert response.status_code == 200
    return response.content.decode().replace("&amp;", "&")


def drawn_machines(page):
    return [int(pk) for pk in re.findall(r'data-resource="(\d+)"', page)]


def addresses_of_later_parts(page, place):
    return re.findall(rf'id="{place}-\d+"\s+data-part="\d+"\s+data-later\s+hx-get="([^"]+)"', page)


def links_to_later_parts(page):
    """Return the links of a view to the parts that are not sent yet."""
    return list(dict.fromkeys(re.findall(r'href="(/farm/[^"#]*part=\d+[^"#]*)#part-\d+"', page)))


@pytest.mark.parametrize("range", ["day", "week", "month"])
def test_every_machine_is_drawn_in_one_of_the_parts(alice, client_of, range):
    memory = machines.add_machine(actor=None, name="mem", gpu_count=0, memory_gb=9)
    expected = [memory.pk, *(machine.pk for machine in many_machines(130))]
    client = client_of(alice)
    page = text(client.get(f"{WEEK}&range={range}"))
    drawn = drawn_machines(page)
    assert len(drawn) <= 32
    for address in addresses_of_later_parts(page, "part"):
        part = text(client.get(address, headers=HTMX))
        assert part.strip().startswith("<tbody"), "only the part is sent"
        drawn += drawn_machines(part)
    assert sorted(drawn) == sorted(expected)


@pytest.mark.parametrize("view", ["", "&view=table"])
def test_without_scripts_every_part_has_a_plain_link(bob, alice, client_of, view):
    many_machines(60, 1, bob)
    client = client_of(alice)
    first = text(client.get(WEEK + view))
    links = links_to_later_parts(first)
    assert len(links) == 2
    pages = [first, *(text(client.get(link)) for link in links)]
    assert all("<html" in page for page in pages)
    seen = {name for page in pages for name in re.findall(r">\s*(node-\d+)\s*<", page)}
    assert seen == {f"node-{number:03}" for number in range(60)}


def test_the_table_and_the_agenda_have_the_same_parts(bob, alice, client_of):
    many_machines(60, 1, bob)
    client = client_of(alice)
    table = text(client.get(f"{WEEK}&view=table"))
    assert table.count("/farm/bookings/") - 1 == 24
    assert [
        text(client.get(address, headers=HTMX)).count("/farm/bookings/")
        for address in addresses_of_later_parts(table, "part")
    ] == [24, 12]
    agenda = text(client.get(f"{WEEK}&view=agenda"))
    assert agenda.count('class="at-strip"') == 24
    assert [
        text(client.get(address, headers=HTMX)).count("at-strip")
        for address in addresses_of_later_parts(agenda, "agenda-part")
    ] == [24, 12]


def test_the_agenda_is_fetched_where_it_is_shown(bob, alice, client_of):
    many_machines(30, 1, bob)
    client = client_of(alice)
    page = text(client.get(WEEK))
    assert 'class="at-strip"' not in page
    address = re.search(r'class="at-agenda"[^>]*hx-get="([^"]+)"', page)[1]
    agenda = text(client.get(address, headers=HTMX))
    assert agenda.strip().startswith('<div class="at-agenda"'), "only the agenda is sent"
    assert agenda.count('class="at-strip"') == 24
    again = text(client.get(f"{WEEK}&with=agenda", headers=HTMX))
    assert again.count('class="at-strip"') == 24, "a page that has it keeps it"
    assert "with=" not in again and "view=agenda" not in again
    assert 'href="/farm/?day=2030-01-07&view=agenda"' in page, "the way without scripts"


def test_a_part_alone_counts_what_is_free_only_in_its_group(alice, client_of, frozen, queries_of):
    machines.add_machine(actor=None, name="other", gpu_count=3, memory_gb=9, gpu_model="ZZ")
    many_machines(60)
    client = client_of(alice)
    last = addresses_of_later_parts(text(client.get(WEEK)), "part")[-1]
    assert "<b>3 of 3</b> GPU free now" in text(client.get(last, headers=HTMX))
    sql = next(sql for sql in queries_of(lambda: client.get(last, headers=HTMX)) if "UNION ALL" in sql)
    assert len(re.search(r"resource_id IN \(([^)]*)\)", sql)[1].split(",")) == 1


def test_a_refresh_fetches_only_the_parts_in_view(alice, client_of):
    many_machines(130)
    client = client_of(alice)
    page = text(client.get(f"{WEEK}&part=4&part=5", headers=HTMX))
    numbers = [int(name[5:]) for name in re.findall(r">\s*(node-\d+) <small", page.split("at-agenda")[0])]
    assert numbers == list(range(72, 120))
    assert page.count("data-later") == 4 + 1, "the other parts, and the agenda"
    assert 'hx-get="/farm/?day=2030-01-07"' in page, "the next refresh begins without parts"


def test_a_small_farm_is_always_sent_whole(alice, client_of):
    many_machines(10)
    for number, model in enumerate(("L40S", "H100", "V100")):
        machines.add_machine(actor=None, name=f"other-{number}", gpu_count=1, memory_gb=1, gpu_model=model)
    for more in ("", "&part=2", "&view=table"):
        page = text(client_of(alice).get(WEEK + more))
        assert addresses_of_later_parts(page, "part") == []
        assert "other-2" in page


def test_a_part_that_does_not_exist_is_no_error(alice, client_of):
    many_machines(3)
    assert client_of(alice).get(f"{WEEK}&only=7", headers=HTMX).status_code == 204
    for query in ("part=x", "part=99", "part=-1", "part=" + "9" * 99, "only=x&in=y"):
        assert len(drawn_machines(text(client_of(alice).get(f"{WEEK}&{query}", headers=HTMX)))) == 3


def test_a_filter_by_what_is_free_counts_over_all_parts(bob, alice, client_of, frozen):
    made = many_machines(60)
    bookings_in_bulk(made[::2], [NOW - timedelta(hours=1)], bob)  # 6 of 8 are left there
    client = client_of(alice)
    page = text(client.get("/farm/?free=7"))
    drawn = drawn_machines(page)
    for address in addresses_of_later_parts(page, "part"):
        drawn += drawn_machines(text(client.get(address, headers=HTMX)))
    assert sorted(drawn) == sorted(machine.pk for machine in made[1::2])
    assert "30 machines" in page and "<b>240 of 240</b> GPU free now" in page
    assert "<b>420 of 480</b> GPU free now" in text(client.get("/farm/")), (
        "the group counts machines that are not sent yet"
    )


def test_the_placeholder_of_a_part_has_the_height_of_its_rows(alice, client_of):
    many_machines(60)
    page = text(client_of(alice).get(WEEK))
    height = int(re.search(r'height="(\d+)"', page.split("at-tl-later")[1].split("<svg")[1])[1])
    row = int(re.search(r'class="at-plot"[^>]* height="(\d+)"', page)[1])
    assert height == 24 * (row + 1) - 1


ADDRESSES = [f"{WEEK}{more}" for more in ("", "&range=day", "&range=month", "&view=table", "&free=1", "&part=2")]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_number_of_queries_is_the_same_for_300_machines(alice, bob, client_of, assert_flat, address):
    bookings_in_bulk(many_machines(1), [at(0)], alice)
    client = client_of(alice)

    def grow():
        made = Machine.objects.bulk_create(
            Machine(name=f"more-{number}", gpu_count=8, memory_gb=512) for number in range(299)
        )
        bookings_in_bulk(made, [at(0), at(22), at(20, 9)], bob)
        Closure.objects.bulk_create(Closure(machine=machine, start=at(1), end=at(4), reason="x") for machine in made)

    assert_flat(lambda: client.get(address), grow)


@pytest.mark.parametrize("address", [WEEK, f"{WEEK}&range=month", f"{WEEK}&only=1", "/farm/machines/1/"])
def test_years_of_past_bookings_cost_no_more_queries(machine, alice, bob, client_of, queries_of, assert_flat, address):
    bookings_in_bulk([machine], [NOW - timedelta(days=number) for number in range(200, 210)], alice)
    client = client_of(alice)
    headers = HTMX if "only" in address else {}

    def grow():
        bookings_in_bulk([machine], [NOW - timedelta(hours=24 * number) for number in range(60, 3060)], bob)

    assert_flat(lambda: client.get(address, headers=headers), grow)
    statements = [sql for sql in queries_of(lambda: client.get(address, headers=headers)) if "farm_allocation" in sql]
    assert statements
    assert all(re.search(r"\bend\b[`\"]? > ", sql) for sql in statements), "every query has a lower bound"
