"""The lines that `manage.py up` prints at its start."""

import pytest

from accounts import demo
from supervisor import announcement


@pytest.mark.django_db(transaction=True)
def test_the_start_names_the_number_of_closed_demo_accounts(settings):
    settings.DEMO = True
    demo.fill(3)
    assert announcement.closed_demo_accounts() == []
    settings.DEMO = False
    assert "accounts of the demonstration are still here (6)" in announcement.closed_demo_accounts()[0]
    demo.remove()
    assert announcement.closed_demo_accounts() == []


@pytest.mark.django_db(transaction=True)
def test_the_start_of_an_empty_installation_prints_the_address_of_the_first_account(settings, person):
    settings.DEMO = True
    assert announcement.first_account_address() == []
    settings.DEMO = False
    assert f"{settings.PUBLIC_URL}/first-account/" in announcement.first_account_address()[0]
    person("edith")
    assert announcement.first_account_address() == []
