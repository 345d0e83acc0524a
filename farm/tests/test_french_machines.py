"""Machines made over the French wire: their numbers, whatever else there is."""

import pytest

from farm.models import Machine

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
SIZE = {"quantiteMemoire": 12, "quantiteGPU": 15}


def test_a_number_is_free_whatever_the_other_machines_are_called(api_of, staff):
    """This wire knows no names: one that a machine was given elsewhere is in nobody's way here."""
    Machine.objects.create(pk=2, name="machine-16", gpu_count=1, memory_gb=1)
    assert api_of(staff).post("/Ressource", {"id": 16, **SIZE}).status_code == 201
    assert Machine.objects.get(pk=16).name == "machine-16-2"


def test_so_is_a_number_that_is_chosen(api_of, staff):
    made = api_of(staff).post("/Ressource", SIZE).json()["id"]
    for name in (f"machine-{made + 1}", f"machine-{made + 1}-2"):
        Machine.objects.filter(pk=1 if name.endswith("-2") else made).update(name=name)
    assert api_of(staff).post("/Ressource", SIZE).json()["id"] == made + 1
    assert Machine.objects.get(pk=made + 1).name == f"machine-{made + 1}-3"
