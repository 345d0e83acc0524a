"""The programs of an instance's processes."""

from supervisor import programs


def test_the_pages_have_the_event_loop_that_takes_all_waiting_connections_at_once():
    """config/tests/test_admission_served.py shows what the other one does under a flood."""
    assert programs.WEB["loop"] == "asyncio"
