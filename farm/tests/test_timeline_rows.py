"""The rows that an open timeline fetches after a change (`?machine=`): like those of the page, and no others."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from farm.domain import machines
from farm.models import Closure
from farm.tests.conftest import NOW, at
from live.models import MAX_ROWS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
HTMX = {"HX-Request": "true"}
WEEK = "/farm/?day=2030-01-07"


@pytest.fixture
def other(machine):
    return machines.add_machine(actor=None, name="ferme-2", gpu_count=4, memory_gb=64)


@pytest.fixture
def rows_of():
    """`rows_of(client, [1, 2], address)` opens the page and fetches these rows of it."""

    def fetch(client, ids, address=WEEK, *, drawn_at=None, page=None):
        page = page or client.get(address, headers=HTMX).content.decode()
        layout = re.search(r'data-layout="([^"]*)"', page)[1]
        since = int((drawn_at or timezone.now()).timestamp())
        query = "".join(f"&machine={pk}" for pk in ids) or "&machine="
        joint = "" if "?" in address else "?"
        return client.get(f"{address}{joint}{query}&layout={layout}&since={since}", headers=HTMX)

    return fetch


def row(html, name):
    return re.search(rf'<(tr|li) id="{name}">.*?</\1>', html, re.S)


def test_only_the_rows_of_these_machines_are_sent_as_the_page_draws_them(take, alice, bob, other, client_of, rows_of):
    take(bob, 9, 11, 4)
    client = client_of(alice)
    page = client.get(f"{WEEK}&with=agenda", headers=HTMX).content.decode()

    rows = rows_of(client, [1], f"{WEEK}&with=agenda").content.decode()

    for name in ("machine-1", "agenda-1"):
        assert row(rows, name)[0] == row(page, name)[0]
    assert 'id="agenda-' not in rows_of(client, [1]).content.decode(), "a page without the agenda is not sent its rows"
    assert f'id="machine-{other.pk}"' in page and f'id="machine-{other.pk}"' not in rows
    assert "hx-swap-oob" in rows and "hx-swap-oob" not in page


def test_without_a_machine_only_the_counts_are_sent(machine, alice, client_of, rows_of):
    rows = rows_of(client_of(alice), []).content.decode()

    assert "12 of 12" in rows and "<svg" not in rows


def test_hidden_names_are_not_in_the_rows(take, alice, bob, staff, client_of, rows_of, settings):
    settings.FARM_NAMES = "staff"
    take(bob, 9, 11, 4, purpose="his thesis")

    assert "his thesis" not in rows_of(client_of(alice), [1]).content.decode()
    assert "his thesis" in rows_of(client_of(staff), [1]).content.decode()


def test_the_rows_need_a_sign_in_and_htmx(machine, alice, client, client_of):
    assert client.get(f"{WEEK}&machine=1&layout=&since=0", headers=HTMX).status_code in (302, 401)
    assert "<html" in client_of(alice).get(f"{WEEK}&machine=1&layout=&since=0").content.decode()


def close_now(machine):
    machines.close(actor=None, machine_id=machine.pk, start=NOW, end=NOW + timedelta(hours=1))


@pytest.mark.parametrize("change", ["added", "retired", "renamed", "tagged", "filtered", "old", "next day"])
def test_the_page_fetches_everything_when_rows_do_not_suffice(
    machine, other, alice, client_of, rows_of, frozen, change
):
    client = client_of(alice)
    address = f"{WEEK}&free=10" if change == "filtered" else "/farm/"
    page, drawn_at = client.get(address, headers=HTMX).content.decode(), NOW
    if change == "added":
        machines.add_machine(actor=None, name="ferme-3", gpu_count=4, memory_gb=64)
    elif change == "retired":
        machines.retire(actor=None, machine_id=other.pk)
    elif change == "renamed":
        machines.change_machine(actor=None, machine_id=other.pk, name="ferme-22")
    elif change == "tagged":
        machines.change_machine(actor=None, machine_id=other.pk, tags=["quiet"])
    elif change == "filtered":
        close_now(machine)
    elif change == "old":
        frozen.move_to(NOW + timedelta(hours=1, minutes=1))
    else:
        drawn_at = NOW + timedelta(hours=11, minutes=30)
        frozen.move_to(NOW + timedelta(hours=12, minutes=1))

    answer = rows_of(client, [1], address, page=page, drawn_at=drawn_at)

    assert (answer.status_code, answer.headers["HX-Trigger"]) == (204, "live")


def test_a_row_that_time_has_changed_is_sent_too(take, machine, other, alice, bob, client_of, rows_of, frozen):
    Closure.objects.create(machine=other, start=NOW + timedelta(minutes=5), end=NOW + timedelta(hours=9))
    client = client_of(alice)
    page = client.get("/farm/", headers=HTMX).content.decode()
    frozen.move_to(NOW + timedelta(minutes=6))

    rows = rows_of(client, [1], "/farm/", page=page, drawn_at=NOW).content.decode()
    later = rows_of(client, [1], "/farm/", page=page, drawn_at=NOW + timedelta(minutes=6)).content.decode()

    assert "closed" in row(rows, f"machine-{other.pk}")[0]
    assert row(later, f"machine-{other.pk}") is None


def test_the_number_of_queries_does_not_grow_with_the_machines(take, alice, bob, client_of, rows_of, assert_flat):
    take(bob, 9, 11, 4)
    client = client_of(alice)
    page = client.get(WEEK, headers=HTMX).content.decode()
    sizes = []

    def read():
        sizes.append(len(rows_of(client, [1], page=page).content))

    def grow():
        nonlocal page
        for number in range(30):
            added = machines.add_machine(actor=None, name=f"more-{number}", gpu_count=4, memory_gb=64)
            Closure.objects.create(machine=added, start=at(3), end=at(4))
        page = client.get(WEEK, headers=HTMX).content.decode()

    assert_flat(read, grow)
    assert sizes[-1] < sizes[0] * 1.1


@pytest.mark.parametrize("ids", [["x"], ["-1"], ["9" * 30], ["1"] * (MAX_ROWS + 5)])
def test_an_invalid_address_is_no_error(machine, alice, client_of, rows_of, ids):
    assert rows_of(client_of(alice), ids).status_code == 200


def test_more_rows_than_an_answer_has_fetch_everything(machine, alice, client_of, rows_of):
    assert rows_of(client_of(alice), range(1, MAX_ROWS + 1)).status_code == 200
    assert rows_of(client_of(alice), range(1, MAX_ROWS + 2)).headers.get("HX-Trigger") == "live"


@pytest.mark.parametrize("since", ["", "x", "9999999999", "-1"])
def test_an_invalid_time_fetches_everything(machine, alice, client_of, since):
    answer = client_of(alice).get(f"{WEEK}&machine=1&layout=x&since={since}", headers=HTMX)
    assert answer.status_code == 204
