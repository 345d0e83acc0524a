"""The French wire: permissions, drafts, allocations, addresses, changes and names."""

import pytest

from farm.domain import drafts, machines
from farm.models import Machine, Reservation
from farm.tests.conftest import NOW, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
SPAN = {"date_debut": "2030-01-07 09:00:00", "date_fin": "2030-01-07 10:00:00"}
LINE = {"idRessource": 1, "nbGPU": 6, "nbMemoire": 4}


def test_the_lists_have_the_documented_format(api_of, alice):
    api = api_of(alice)
    created = api.post("/Reservation", {**SPAN, "lignes": [LINE]}).json()
    assert api.get("/Ressource").json() == {"Ressources": [{"id": 1, "quantiteGPU": 12, "quantiteMemoire": 16}]}
    reservation = {
        "date_debut": "Mon, 07 Jan 2030 09:00:00 GMT",
        "date_fin": "Mon, 07 Jan 2030 10:00:00 GMT",
        "id": created["id"],
        "nomUtilisateur": "alice",
    }
    assert api.get("/Reservation").json() == {"Reservations": [reservation]}
    assert api.get(f"/Reservation/{created['id']}/").json() == reservation
    line = {"idReservation": created["id"], **LINE, "nbmemoire": 4}
    for address in ("", "/idRessource/1", f"/idReservation/{created['id']}"):
        assert api.get(f"/RessourceReserve{address}").json() == {"RessourceReserve": [line]}


@pytest.mark.parametrize("address", ["/Ressource", "/Ressource/1", "/Reservation", "/RessourceReserve"])
def test_every_address_answers_with_and_without_a_final_slash(api_of, alice, address):
    answers = [api_of(alice).get(address + slash) for slash in ("", "/")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content


def test_a_browser_gets_html(client_of, alice):
    page = client_of(alice).get("/Reservation/", headers={"Accept": "text/html"})
    assert page["Content-Type"].startswith("text/html")


def test_a_machine_keeps_its_chosen_id(api_of, program):
    api = api_of(program)
    created = api.post("/Ressource/", {"id": 16, "quantiteMemoire": 12, "quantiteGPU": 15})
    assert created.status_code == 201
    assert created.json() == {"id": 16, "quantiteGPU": 15, "quantiteMemoire": 12}
    assert created["Location"].endswith("/Ressource/16")
    assert api.post("/Ressource", {"quantiteMemoire": 1, "quantiteGPU": 0}).json()["id"] > 16


def test_a_draft_holds_nothing_until_its_first_machine(api_of, alice, bob):
    draft = api_of(alice).post("/Reservation", SPAN).json()["id"]
    assert Reservation.objects.get(pk=draft).state == "draft"
    assert api_of(bob).post("/Reservation", {**SPAN, "lignes": [{**LINE, "nbGPU": 12}]}).status_code == 201
    refused = api_of(alice).post("/RessourceReserve", {"idReservation": draft, **LINE})
    assert refused.status_code == 409
    assert refused.json()["error"]["missing"][0]["gpus"] == 6
    later = api_of(alice).post(
        "/Reservation", {**SPAN, "date_debut": "2030-01-07 08:00:00", "date_fin": SPAN["date_debut"]}
    )
    taken = api_of(alice).post("/RessourceReserve/", {"idReservation": later.json()["id"], **LINE})
    assert taken.status_code == 201
    assert taken.json()["nbmemoire"] == 4
    assert Reservation.objects.get(pk=later.json()["id"]).state == "confirmed"


def test_a_draft_without_machines_expires_after_an_hour(api_of, alice, frozen):
    draft = api_of(alice).post("/Reservation", SPAN).json()["id"]
    frozen.move_to(NOW.replace(hour=12, minute=59))
    assert drafts.expire_drafts() == 0
    assert api_of(alice).get(f"/Reservation/{draft}").status_code == 200
    frozen.move_to(NOW.replace(hour=13))  # before the schedule expires it
    assert api_of(alice).get(f"/Reservation/{draft}").status_code == 404
    assert api_of(alice).get("/Reservation").json() == {"Reservations": []}
    assert api_of(alice).post("/RessourceReserve", {"idReservation": draft, **LINE}).status_code == 409
    assert drafts.expire_drafts() == 1
    assert api_of(alice).get(f"/Reservation/{draft}").status_code == 404


def test_only_staff_and_programs_book_or_change_for_others(api_of, alice, bob, staff, program):
    named = {**SPAN, "nomUtilisateur": "bob", "lignes": [{**LINE, "nbGPU": 1}]}
    assert api_of(alice).post("/Reservation", named).status_code == 403
    assert api_of(alice).post("/Reservation", {**named, "nomUtilisateur": "nobody-here"}).status_code == 403
    for caller in (staff, program):
        created = api_of(caller).post("/Reservation", named)
        assert created.json()["nomUtilisateur"] == "bob"
    address = f"/Reservation/{created.json()['id']}"
    line = {"idReservation": created.json()["id"], **LINE}
    assert api_of(alice).delete(address).status_code == 403
    assert api_of(alice).patch(address, {"date_fin": "2030-01-07 11:00:00"}).status_code == 403
    assert api_of(alice).post("/RessourceReserve", line).status_code == 403
    assert api_of(bob).delete(address).status_code == 204


@pytest.mark.parametrize(("name", "status"), [(None, 400), ("nobody-here", 404), (7, 400)])
def test_a_program_must_name_an_existing_person(api_of, program, name, status):
    answer = api_of(program).post("/Reservation", {**SPAN, "nomUtilisateur": name})
    assert answer.status_code == status
    assert answer.json()["error"]["field"] == "nomUtilisateur"


def test_names_are_absent_where_the_policy_hides_them(api_of, alice, bob, staff, settings):
    settings.FARM_NAMES = "staff"
    api_of(bob).post("/Reservation", {**SPAN, "lignes": [LINE]})
    assert "nomUtilisateur" not in api_of(alice).get("/Reservation").json()["Reservations"][0]
    assert api_of(bob).get("/Reservation").json()["Reservations"][0]["nomUtilisateur"] == "bob"
    assert api_of(staff).get("/Reservation").json()["Reservations"][0]["nomUtilisateur"] == "bob"


def test_an_allocation_is_changed_and_removed(api_of, alice):
    api = api_of(alice)
    number = api.post("/Reservation", {**SPAN, "lignes": [LINE]}).json()["id"]
    line = {"idReservation": number, **LINE}
    assert api.put("/RessourceReserve", {**line, "nbGPU": 12}).json()["nbGPU"] == 12
    assert api.put("/RessourceReserve", {**line, "nbGPU": 13}).status_code == 409
    assert api.put("/RessourceReserve", {**line, "idRessource": 9}).status_code == 404
    assert api.delete(f"/RessourceReserve?idReservation={number}&idRessource=1").status_code == 204
    assert api.get("/RessourceReserve").json() == {"RessourceReserve": []}


def test_a_lower_capacity_that_displaces_bookings_needs_confirmation(api_of, alice, staff):
    number = api_of(alice).post("/Reservation", {**SPAN, "lignes": [LINE]}).json()["id"]
    lower = {"quantiteGPU": 4}
    refused = api_of(staff).patch("/Ressource/1", lower)
    assert refused.status_code == 409
    assert refused.json()["error"]["reservations"] == [number]
    assert Machine.objects.get(pk=1).gpu_count == 12
    assert api_of(staff).patch("/Ressource/1", {**lower, "confirmer": True}).status_code == 200
    assert Reservation.objects.get(pk=number).state == "displaced"
    assert api_of(alice).patch("/Ressource/1", {"quantiteGPU": 24}).status_code == 403


def test_a_retired_machine_is_404_and_its_id_stays_taken(api_of, staff):
    assert api_of(staff).delete("/Ressource/1").status_code == 204
    assert api_of(staff).get("/Ressource/1").status_code == 404
    assert api_of(staff).get("/Ressource").json() == {"Ressources": []}
    assert api_of(staff).post("/Ressource", {"id": 1, "quantiteGPU": 1, "quantiteMemoire": 1}).status_code == 409


@pytest.mark.parametrize(("limit", "status"), [(1000, 201), (60, 413)])
def test_a_body_over_the_limit_is_413(api_of, staff, settings, limit, status):
    settings.WIRE_BODY_LIMIT = limit
    body = {"quantiteGPU": 1, "quantiteMemoire": 1, "x": "y" * 60}
    assert api_of(staff).post("/Ressource", body).status_code == status


def test_a_retirement_that_displaces_bookings_needs_confirmation(api_of, alice, staff):
    number = api_of(alice).post("/Reservation", {**SPAN, "lignes": [LINE]}).json()["id"]
    for request in ({"path": "/Ressource/1"}, {"path": "/Ressource/1", "data": {"confirmer": False}}):
        refused = api_of(staff).delete(**request)
        assert (refused.status_code, refused.json()["error"]["reservations"]) == (409, [number])
    assert api_of(staff).delete("/Ressource/1", {"confirmer": "perhaps"}).json()["error"]["field"] == "confirmer"
    assert api_of(staff).delete("/Ressource/1", {"confirmer": True}).status_code == 204
    assert Reservation.objects.get(pk=number).state == "displaced"


def test_a_booking_keeps_its_owner_and_needs_a_machine(api_of, alice, bob, staff):
    address = f"/Reservation/{api_of(alice).post('/Reservation', {**SPAN, 'lignes': [LINE]}).json()['id']}"
    representation = api_of(alice).get(address).json()
    assert api_of(alice).put(address, representation).status_code == 200
    for wrong, field in (({"nomUtilisateur": "bob"}, "nomUtilisateur"), ({"lignes": []}, "lignes")):
        refused = api_of(staff).patch(address, wrong)
        assert (refused.status_code, refused.json()["error"]["field"]) == (400, field)
    assert api_of(bob).patch(address, {"nomUtilisateur": "bob"}).status_code == 403
    assert api_of(alice).get(address).json() == representation


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("", 400, "idRessource"),
        ("?idRessource=1", 400, "idReservation"),
        ("?idRessource=x&idReservation=1", 400, "idRessource"),
        ("?idRessource=1&idReservation=999", 404, "idReservation"),
    ],
)
def test_removing_an_allocation_needs_both_ids(api_of, alice, query, status, field):
    refused = api_of(alice).delete(f"/RessourceReserve{query}")
    assert refused.status_code == status
    assert refused.json()["error"]["field"] == field


def test_an_unsupported_accept_header_gets_json(api_of, alice):
    answer = api_of(alice).get("/Ressource", headers={"Accept": "application/xml"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"


def test_allocations_are_filtered_by_a_time_window(api_of, alice, take):
    rows = [take(alice, hour, hour + 1, 1).pk for hour in (8, 9, 10)]

    def listed(address):
        query = "?from=2030-01-07 09:00:00&to=2030-01-07 10:00:00"
        return [row["idReservation"] for row in api_of(alice).get(address + query).json()["RessourceReserve"]]

    assert listed("/RessourceReserve") == listed("/RessourceReserve/idRessource/1") == rows[1:2]


def test_20_000_bookings_come_in_pages_of_equal_cost(api_of, alice, queries_of):
    Reservation.objects.bulk_create(
        (Reservation(owner=alice, start=at(8), end=at(9), state="confirmed") for _ in range(20_000)), batch_size=5000
    )
    api, sizes, seen, address = api_of(alice), [], 0, "/Reservation?limit=1000"
    assert len(queries_of(lambda: api.get("/Reservation?limit=10"))) == len(queries_of(lambda: api.get(address)))
    while address:
        page = api.get(address)
        seen += len(page.json()["Reservations"])
        sizes.append(len(page.content))
        address = page["Link"].split(">")[0][1:] if "Link" in page else ""
    assert (seen, len(sizes)) == (20_000, 20)
    assert max(sizes) < 150_000
    whole = api.get("/Reservation")
    assert len(whole.json()["Reservations"]) == 10_000
    assert "offset=10000" in whole["Link"]


def test_a_list_of_30_rows_needs_as_many_queries_as_a_list_of_one(api_of, alice, bob, take, assert_flat):
    take(alice, 9, 10, 1)
    api = api_of(alice)

    def grow():
        for number in range(30):
            machines.add_machine(actor=None, gpu_count=1 + number, memory_gb=1)
            take(bob if number % 2 else alice, 10 + number % 3, 10.2 + number % 3, 1)

    for address in ("/Ressource", "/Reservation", "/RessourceReserve", "/RessourceReserve/idRessource/1"):
        assert_flat(lambda address=address: api.get(address), grow if address == "/Ressource" else lambda: None)


def test_the_fixture_with_the_original_data_has_the_documented_format(api_of, alice):
    from django.core.management import call_command

    Machine.objects.all().delete()
    for _ in range(2):  # loading it again changes nothing
        call_command("loaddata", "original_farm", verbosity=0)
    api = api_of(alice)
    rows = api.get("/Reservation").json()["Reservations"]
    assert rows[0] == {
        "date_debut": "Fri, 07 Feb 2020 13:00:00 GMT",
        "date_fin": "Fri, 07 Feb 2020 17:00:00 GMT",
        "id": 1,
        "nomUtilisateur": "Remi",
    }
    assert [row["nomUtilisateur"] for row in rows] == ["Remi", "Arthur"]
    assert api.get("/Ressource/5/").json() == {"id": 5, "quantiteGPU": 12, "quantiteMemoire": 8}
    assert len(api.get("/Ressource").json()["Ressources"]) == 7
    assert len(api.get("/RessourceReserve").json()["RessourceReserve"]) == 3
