"""What the original's own page sent, to the letter: a script made after it goes on working."""

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]


def test_a_machine_is_made_of_what_was_typed(api_of, staff):
    made = api_of(staff).post("/Ressource/", {"id": "16", "quantiteMemoire": "12", "quantiteGPU": " 15 "})
    assert made.status_code == 201
    assert made.json() == {"id": 16, "quantiteGPU": 15, "quantiteMemoire": 12}
    again = api_of(staff).patch("/Ressource/16/", {"quantiteGPU": "24"})
    assert again.json() == {"id": 16, "quantiteGPU": 24, "quantiteMemoire": 12}


def test_a_machine_is_booked_in_two_steps(api_of, alice):
    api = api_of(alice)
    span = {"date_debut": "2030-2-7 9:00:00", "date_fin": "2030-2-7 17:00:00"}
    number = api.post("/Reservation/", span).json()["id"]
    line = {"idReservation": str(number), "idRessource": "1", "nbGPU": 7, "nbMemoire": 3}
    made = api.post("/RessourceReserve/", line)
    assert made.status_code == 201
    assert made.json() == {"idReservation": number, "idRessource": 1, "nbGPU": 7, "nbMemoire": 3, "nbmemoire": 3}
    assert api.delete("/RessourceReserve", {"idReservation": str(number), "idRessource": "1"}).status_code == 204
