"""The farm is never overbooked, whatever commands run in whatever order.

`make proof NAME=invariant` runs the same state machine longer, on SQLite and on MariaDB.
"""

import pytest

from farm.tests.state_machine import FarmStateMachine, run


@pytest.mark.database
@pytest.mark.django_db
def test_no_order_of_commands_overbooks_a_machine(frozen):
    FarmStateMachine.clock = frozen
    run(25, 20)
