"""The roots of the API: for who opens it by hand, and follows what is there."""

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize("root", ["/api/v1/", "/api/v1/farm/", "/api/v1/gitsync/"])
def test_a_root_leads_to_addresses_that_answer_staff_and_nothing_to_strangers(api, api_of, staff, root):
    assert api.get(root).status_code == 401
    client = api_of(staff)
    found = client.get(root).json()
    assert len(found) >= 3
    asks = {"slots"}  # needs a question
    for name, address in found.items():
        assert client.get(address).status_code == (400 if name in asks else 200), address
