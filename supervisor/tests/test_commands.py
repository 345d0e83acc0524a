"""The command lines of the processes."""

from supervisor import commands


def test_the_pages_have_the_event_loop_that_takes_all_waiting_connections_at_once():
    """config/tests/test_admission_served.py shows what the other one does under a flood."""
    command = commands.web()
    assert command[command.index("--loop") + 1] == "asyncio"
