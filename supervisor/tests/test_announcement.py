"""What `manage.py up` says at the start."""

import pytest

from accounts import demo
from supervisor import announcement


@pytest.mark.django_db(transaction=True)
def test_the_operator_is_told_of_closed_demo_accounts(settings):
    settings.DEMO = True
    demo.fill(3)
    assert announcement.closed_demo_accounts() == []
    settings.DEMO = False
    assert "accounts of the demonstration are still here (6)" in announcement.closed_demo_accounts()[0]
    demo.remove()
    assert announcement.closed_demo_accounts() == []
