"""Fixtures of the tests of the event stream."""

import pytest

from live import dispatcher


@pytest.fixture
def poll_often(monkeypatch):
    """Poll more often than every 5 s, because these tests have no broker that would wake the dispatcher."""
    monkeypatch.setattr(dispatcher, "POLL_EVERY", 0.05)
