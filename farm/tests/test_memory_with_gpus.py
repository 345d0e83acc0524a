"""Memory that nobody names is the GPUs' part of the memory of the machine that is chosen."""

import pytest

from farm.domain import book_any, booking, machines
from farm.domain.no_capacity import NoCapacity
from farm.models import Allocation
from farm.queries.slot_search import MachineRequest, choose_machines
from farm.rules.limits import RequestedAllocation
from farm.tests.builders import FORM
from farm.tests.conftest import at
from farm.tests.page_text import text_of, value_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
OPEN = {**FORM, "resource": "", "memory_gb": ""}
SLOT = {"start": "2030-01-07T09:00:00Z", "end": "2030-01-07T11:00:00Z"}


@pytest.fixture
def farm(db):
    """Three machines by name; one GPU of `tiny` brings no memory, and four bring 2 GB."""
    sizes = {"tiny": (8, 4, "T4"), "lyra-4": (4, 256, "L40S"), "pico-1": (2, 128, "RTX")}
    return {
        name: machines.add_machine(actor=None, name=name, gpu_count=gpus, memory_gb=memory, gpu_model=model, tags=["x"])
        for name, (gpus, memory, model) in sizes.items()
    }


@pytest.fixture
def hold(farm, bob):
    """`hold("lyra-4", 0, 200)` takes that share of the machine from 8 to 12."""

    def book(name, gpus, memory_gb):
        allocation = RequestedAllocation(farm[name].pk, gpus, memory_gb)
        booking.book(actor=None, owner=bob, start=at(8), end=at(12), allocations=[allocation])

    return book


def shares_of(owner):
    rows = Allocation.objects.filter(reservation__owner=owner).order_by("pk")
    return [(row.machine.name, row.gpus, row.memory_gb) for row in rows]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("day", ["07", "08"])
@pytest.mark.parametrize("choice", ["", "tag:x"])
@pytest.mark.parametrize(("gpus", "share"), [(1, ("pico-1", 1, 64)), (4, ("lyra-4", 4, 256)), (5, ("tiny", 5, 2))])
def test_any_machine_gives_its_own_part(farm, alice, client_of, language, day, choice, gpus, share):
    span = {"start": f"2030-01-{day}T10:00", "end": f"2030-01-{day}T12:00"}
    data = {**OPEN, **span, "gpus": gpus, "resource": choice}
    assert client_of(alice).post("/farm/book/", data, headers={"Accept-Language": language}).status_code == 302
    assert shares_of(alice) == [share]


def test_the_toast_names_the_machine_that_the_farm_chose(farm, alice, client_of):
    client = client_of(alice)
    client.post("/farm/book/", {**OPEN, "gpus": 4})
    assert "Booked on lyra-4: Mon 7 Jan 10:00 – 12:00." in text_of(client.get("/farm/bookings/"))
    client.post("/farm/book/", {**OPEN, "gpus": 1, "lines": 2, "m2-resource": farm["tiny"].pk, "m2-gpus": 4})
    assert "Booked on pico-1, tiny: Mon 7 Jan 10:00 – 12:00." in text_of(client.get("/farm/bookings/"))
    assert shares_of(alice)[1:] == [("tiny", 4, 2), ("pico-1", 1, 64)]


def test_a_machine_without_its_part_free_does_not_fit(hold, alice, client_of):
    hold("lyra-4", 0, 1)
    client = client_of(alice)
    assert "Fits on tiny for 2 hours: 4 GPUs · 2 GB" in text_of(client.get("/farm/book/preview/", {**OPEN, "gpus": 4}))
    assert client.post("/farm/book/", {**OPEN, "gpus": 4}).status_code == 302
    assert client.post("/farm/book/", {**OPEN, "gpus": 4, "resource": "model:L40S"}).status_code == 409
    assert shares_of(alice) == [("tiny", 4, 2)]


def test_a_machine_whose_gpus_bring_no_memory_comes_last(hold, alice, client_of):
    hold("pico-1", 0, 128)
    client = client_of(alice)
    for _ in range(5):
        assert client.post("/farm/book/", {**OPEN, "gpus": 1}).status_code == 302
    assert shares_of(alice) == [("lyra-4", 1, 64)] * 4 + [("tiny", 1, 0)]


def test_the_preview_and_the_earliest_slot_say_the_part_of_the_machine(hold, alice, client_of):
    client = client_of(alice)
    page = text_of(client.get("/farm/book/preview/", {**OPEN, "gpus": 1}))
    assert "Fits on pico-1 for 2 hours: 1 GPU · 64 GB, 2 GPU-hours." in page
    hold("pico-1", 0, 128)
    hold("lyra-4", 0, 1)
    page = text_of(client.get("/farm/book/preview/", {**OPEN, "gpus": 4, "resource": "model:L40S"}))
    assert "The first time that does: Mon 7 Jan 13:00 – 15:00, on lyra-4." in page
    page = text_of(client.post("/farm/book/", {**OPEN, "gpus": 1, "action": "earliest"}))
    assert "The earliest that fits is pico-1" in page and value_of(page, "memory_gb") in (None, "")


def test_a_change_with_empty_memory_takes_the_part_of_the_named_machine(farm, hold, alice, client_of):
    client = client_of(alice)
    client.post("/farm/book/", {**OPEN, "gpus": 4, "memory_gb": 3})
    row = Allocation.objects.get(reservation__owner=alice).reservation
    change = {**OPEN, "gpus": 2, "resource": farm["lyra-4"].pk, "lines": 1, "version": row.version}
    assert client.post(f"/farm/bookings/{row.pk}/change/", change).status_code == 302
    assert shares_of(alice) == [("lyra-4", 2, 128)]


@pytest.mark.parametrize("name", ["tiny", "lyra-4"])
def test_a_named_machine_whose_part_is_nothing_is_not_asked_about(farm, alice, client_of, name):
    assert client_of(alice).post("/farm/book/", {**OPEN, "gpus": 1, "resource": farm[name].pk}).status_code == 302
    assert shares_of(alice) == [(name, 1, {"tiny": 0, "lyra-4": 64}[name])]


def test_too_many_gpus_of_a_named_machine_are_refused_for_their_number(farm, alice, client_of):
    refused = client_of(alice).post("/farm/book/", {**OPEN, "gpus": 5, "resource": farm["lyra-4"].pk})
    assert refused.status_code == 409 and "Few programs" not in text_of(refused)


def test_an_alternative_has_the_part_of_its_own_machine(farm, hold, alice, api_of):
    """Over the API, and of a booking of any machine: another machine and a smaller share."""
    hold("lyra-4", 2, 0)
    other = machines.add_machine(actor=None, name="lyra-3", gpu_count=8, memory_gb=64, gpu_model="L40S")
    body = {**SLOT, "purpose": "a try", "lines": [{"resource": farm["lyra-4"].pk, "gpus": 4}]}
    refused = api_of(alice).post("/api/v1/farm/reservations", body).json()["error"]
    offers = [(row["resource"], row["gpus"], row["memory_gb"]) for row in refused["alternatives"]]
    assert offers == [(farm["lyra-4"].pk, 4, 256), (other.pk, 4, 32), (farm["lyra-4"].pk, 2, 128)]
    named = [MachineRequest(4, machine=farm["lyra-4"])]
    with pytest.raises(NoCapacity) as refusal:
        book_any.book(actor=alice, owner=alice, machine_requests=named, start=at(9), end=at(11))
    assert [(row.machine.pk, *row.share) for row in refusal.value.alternatives] == offers


def test_named_memory_stays_in_the_alternatives(farm, hold, alice, api_of):
    hold("lyra-4", 2, 0)
    body = {**SLOT, "purpose": "a try", "lines": [{"resource": farm["lyra-4"].pk, "gpus": 4, "memory_gb": 3}]}
    refused = api_of(alice).post("/api/v1/farm/reservations", body).json()["error"]
    assert {row["memory_gb"] for row in refused["alternatives"]} == {3}


def test_slots_of_the_api_have_the_part_of_their_machine(farm, hold, alice, api_of):
    hold("lyra-4", 0, 1)
    query = "/api/v1/farm/slots?gpus=4&hours=1&after=2030-01-07T09:00:00Z"
    slots = {row["name"]: row for row in api_of(alice).get(query).json()}
    assert {name: row["memory_gb"] for name, row in slots.items()} == {"tiny": 2, "lyra-4": 256}
    assert slots["lyra-4"]["start"] == "2030-01-07T12:00:00Z"
    assert {row["memory_gb"] for row in api_of(alice).get(f"{query}&memory_gb=0").json()} == {0}


def test_a_drag_checks_the_part_of_its_machine(farm, hold, alice, client_of):
    hold("lyra-4", 0, 1)
    query = {"resource": farm["lyra-4"].pk, "gpus": 4, "start": SLOT["start"], "end": SLOT["end"]}
    assert client_of(alice).get("/farm/fit/", query).json()["fits"] is False
    assert client_of(alice).get("/farm/fit/", {**query, "gpus": 3}).json()["fits"] is True


def test_the_french_wire_takes_no_line_without_its_memory(farm, alice, api_of):
    span = {"date_debut": "2030-01-07 09:00:00", "date_fin": "2030-01-07 11:00:00"}
    refused = api_of(alice).post("/Reservation", {**span, "lignes": [{"idRessource": farm["tiny"].pk, "nbGPU": 4}]})
    assert refused.status_code == 400 and "nbMemoire" in str(refused.json())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("machine_is_named", [False, True])
def test_the_part_is_that_of_the_machine_under_its_lock(farm, alice, monkeypatch, machine_is_named):
    """The machine gets more memory between the choice and the lock."""

    def choose_and_add_memory(*args):
        choice = choose_machines(*args)
        machines.change_machine(actor=None, machine_id=farm["lyra-4"].pk, memory_gb=512)
        return choice

    monkeypatch.setattr(book_any, "choose_machines", choose_and_add_memory)
    requests = [MachineRequest(4, machine=farm["lyra-4"] if machine_is_named else None)]
    book_any.book(actor=alice, owner=alice, machine_requests=requests, start=at(9), end=at(11))
    assert shares_of(alice) == [("lyra-4", 4, 512)]


@pytest.mark.django_db(transaction=True)
def test_a_machine_that_loses_its_part_before_the_lock_is_chosen_no_more(farm, hold, alice, monkeypatch):
    def choose_and_hold(*args):
        choice = choose_machines(*args)
        if len(args) == 3:  # without a lock
            hold("lyra-4", 0, 1)
        return choice

    monkeypatch.setattr(book_any, "choose_machines", choose_and_hold)
    book_any.book(actor=alice, owner=alice, machine_requests=[MachineRequest(4)], start=at(9), end=at(11))
    assert shares_of(alice) == [("tiny", 4, 2)]
