"""Wrong answers of the original system, over its own wire.

Cases S20 to S25, S32, S34, S36 and S37.
"""

import pytest

from farm.models import Machine
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]


def moment(hour):
    return f"{at(hour):%Y-%m-%d %H:%M:%S}"


def error_of(response):
    return response.json()["error"]


def test_s20_the_owner_is_the_caller_and_the_answer_has_the_location(book_in_french, api_of, alice):
    response = book_in_french(9, 10, 1)
    created = response.json()
    assert created["nomUtilisateur"] == "alice"
    assert response["Location"].endswith(f"/Reservation/{created['id']}")
    assert api_of(alice).get(response["Location"]).status_code == 200


def test_s21_the_same_machine_twice_in_one_request_is_added_together(api_of, alice):
    line = {"idRessource": 1, "nbGPU": 2, "nbMemoire": 3}
    body = {"date_debut": moment(9), "date_fin": moment(10), "lignes": [line, line]}
    created = api_of(alice).post("/Reservation", body).json()
    assert [(row["nbGPU"], row["nbMemoire"]) for row in created["lignes"]] == [(4, 6)]


def test_s21_the_same_machine_again_in_a_second_request_is_refused(book_in_french, api_of, alice):
    line = {"idReservation": book_in_french(9, 10, 1).json()["id"], "idRessource": 1, "nbGPU": 1, "nbMemoire": 0}
    assert api_of(alice).post("/RessourceReserve", line).status_code == 409


@pytest.mark.parametrize(("reservation", "number"), [(999, 1), (None, 999)])
def test_s22_an_unknown_booking_or_machine_is_404(book_in_french, api_of, alice, reservation, number):
    reservation = reservation or book_in_french(9, 10, 1).json()["id"]
    line = {"idReservation": reservation, "idRessource": number, "nbGPU": 1, "nbMemoire": 0}
    assert api_of(alice).post("/RessourceReserve", line).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/Reservation/999/",
        "/Ressource/999/",
        "/Ressource/abc",
        "/Ressource/99999999999999999999999999",
        "/Reservation/-1",
        "/RessourceReserve/idRessource/999",
        "/RessourceReserve/idReservation/999/",
    ],
)
def test_s23_s24_an_unknown_address_is_404_in_json(api_of, alice, address):
    response = api_of(alice).get(address)
    assert response.status_code == 404
    assert set(error_of(response)) >= {"code", "message", "field"}


def test_s25_an_id_that_is_taken_is_refused(api_of, staff):
    body = {"id": 1, "quantiteMemoire": 12, "quantiteGPU": 15}
    assert api_of(staff).post("/Ressource", body).status_code == 409
    assert Machine.objects.get(pk=1).gpu_count == 12


def test_s32_a_booking_can_be_changed_and_cancelled(book_in_french, api_of, alice):
    address = f"/Reservation/{book_in_french(9, 10, 12).json()['id']}"
    changed = api_of(alice).patch(address, {"date_fin": moment(11)})
    assert changed.status_code == 200
    assert changed.json()["date_fin"] == "Mon, 07 Jan 2030 11:00:00 GMT"
    assert api_of(alice).delete(address).status_code == 204
    assert api_of(alice).get(address).status_code == 404
    assert book_in_french(9, 10, 12).status_code == 201


def test_s34_long_lists_have_pages_and_a_time_window(book_in_french, api_of, alice):
    ids = [book_in_french(hour, hour + 1, 1).json()["id"] for hour in range(8, 14)]

    def listed(query):
        return [row["id"] for row in api_of(alice).get(f"/Reservation{query}").json()["Reservations"]]

    assert listed("") == ids
    assert listed("?limit=2&offset=3") == ids[3:5]
    assert listed("?from=2030-01-07 10:00:00&to=2030-01-07 12:00:00") == ids[2:4]
    assert api_of(alice).get("/Reservation?limit=x").status_code == 400
    assert 'rel="next"' in api_of(alice).get("/Reservation?limit=2")["Link"]


def test_s36_only_staff_and_programs_add_machines(api, api_of, alice, teacher, program):
    body = {"quantiteMemoire": 12, "quantiteGPU": 15}
    assert api.post("/Ressource", body).status_code == 401
    assert api_of(alice).post("/Ressource", body).status_code == 403
    assert api_of(teacher).post("/Ressource", body).status_code == 403
    assert api_of(program).post("/Ressource", body).status_code == 201


def test_s36_reading_needs_a_login(api):
    for address in ("/Ressource", "/Ressource/1", "/Reservation/", "/RessourceReserve"):
        assert api.get(address).status_code == 401


def test_s36_a_user_name_alone_gets_no_token(api, alice):
    for word in ({}, {"password": ""}, {"password": "Admin"}):
        assert api.post("/api/v1/token/", {"username": "alice", **word}).status_code in (400, 401)


def test_s37_both_spellings_of_memory_are_accepted_and_returned(api_of, alice):
    line = {"idRessource": 1, "nbGPU": 1, "nbmemoire": 4}
    body = {"date_debut": moment(9), "date_fin": moment(10), "lignes": [line]}
    created = api_of(alice).post("/Reservation/", body).json()
    address = f"/RessourceReserve/idReservation/{created['id']}/"
    rows = api_of(alice).get(address).json()["RessourceReserve"]
    assert rows == [{"idReservation": created["id"], "idRessource": 1, "nbGPU": 1, "nbMemoire": 4, "nbmemoire": 4}]
