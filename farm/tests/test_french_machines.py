"""The ids of machines that are added over the French wire."""

import pytest

from farm.models import Machine

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
SIZE = {"quantiteMemoire": 12, "quantiteGPU": 15}


def test_a_chosen_id_is_free_whatever_names_other_machines_have(api_of, staff):
    """The French wire has no names: a name from elsewhere must not block an id."""
    Machine.objects.create(pk=2, name="machine-16", gpu_count=1, memory_gb=1)
    assert api_of(staff).post("/Ressource", {"id": 16, **SIZE}).status_code == 201
    assert Machine.objects.get(pk=16).name == "machine-16-2"


def test_a_generated_id_is_free_whatever_names_other_machines_have(api_of, staff):
    created_id = api_of(staff).post("/Ressource", SIZE).json()["id"]
    for name in (f"machine-{created_id + 1}", f"machine-{created_id + 1}-2"):
        Machine.objects.filter(pk=1 if name.endswith("-2") else created_id).update(name=name)
    assert api_of(staff).post("/Ressource", SIZE).json()["id"] == created_id + 1
    assert Machine.objects.get(pk=created_id + 1).name == f"machine-{created_id + 1}-3"
