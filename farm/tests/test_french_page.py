"""Requests exactly as the page of the original system sent them.

Scripts that were written after it keep working.
"""

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]


def test_a_machine_is_added_from_text_values(api_of, staff):
    created = api_of(staff).post("/Ressource/", {"id": "16", "quantiteMemoire": "12", "quantiteGPU": " 15 "})
    assert created.status_code == 201
    assert created.json() == {"id": 16, "quantiteGPU": 15, "quantiteMemoire": 12}
    changed = api_of(staff).patch("/Ressource/16/", {"quantiteGPU": "24"})
    assert changed.json() == {"id": 16, "quantiteGPU": 24, "quantiteMemoire": 12}


def test_a_machine_is_booked_in_two_requests(api_of, alice):
    api = api_of(alice)
    span = {"date_debut": "2030-2-7 9:00:00", "date_fin": "2030-2-7 17:00:00"}
    number = api.post("/Reservation/", span).json()["id"]
    line = {"idReservation": str(number), "idRessource": "1", "nbGPU": 7, "nbMemoire": 3}
    created = api.post("/RessourceReserve/", line)
    assert created.status_code == 201
    assert created.json() == {"idReservation": number, "idRessource": 1, "nbGPU": 7, "nbMemoire": 3, "nbmemoire": 3}
    assert api.delete("/RessourceReserve", {"idReservation": str(number), "idRessource": "1"}).status_code == 204
