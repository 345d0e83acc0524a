"""The search of the administration, with more text than a database takes."""

import pytest
from django.contrib import admin

from farm.models import Machine

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SEARCHED = sorted(
    f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    for model, shown in admin.site._registry.items()
    if shown.search_fields
)


@pytest.fixture
def superuser(staff):
    staff.is_superuser = True
    staff.save()
    return staff


@pytest.mark.parametrize("search", ["x" * 60_000, "x " * 10_000, "\u0301" * 20_000])
@pytest.mark.parametrize("path", SEARCHED)
def test_a_long_search_is_cut(client_of, superuser, path, search):
    Machine.objects.create(name="a", gpu_count=1, memory_gb=1)
    assert client_of(superuser).get(path, {"q": search}).status_code == 200


def test_a_long_search_for_a_person_or_with_a_long_filter_is_no_error_of_the_server(client_of, superuser):
    client = client_of(superuser)
    field = {"app_label": "farm", "model_name": "project", "field_name": "owners"}
    assert client.get("/admin/autocomplete/", {**field, "term": "x " * 10_000}).status_code == 200
    assert client.get("/admin/accounts/user/", {"username__icontains": "x" * 60_000}).status_code == 400
