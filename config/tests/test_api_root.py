"""The index pages of the APIs."""

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize("root", ["/api/v1/", "/api/v1/farm/", "/api/v1/gitsync/"])
def test_the_links_of_an_index_answer_staff_and_need_a_login(api, api_of, staff, root):
    assert api.get(root).status_code == 401
    client = api_of(staff)
    links = client.get(root).json()
    assert len(links) >= 3
    needs_parameters = {"slots"}
    for name, address in links.items():
        assert client.get(address).status_code == (400 if name in needs_parameters else 200), address
