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
def test_the_start_of_an_empty_installation_names_the_command_for_the_first_account(person):
    assert "manage.py createsuperuser" in announcement.how_to_begin()[0]
    person("first")
    assert announcement.how_to_begin() == []
