"""A server in a thread of the tests' process, for pages that show values which only this process has."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread

from kernel.testing.site_server import Site


@pytest.fixture
def thread_site(transactional_db: None) -> Iterator[Site]:
    """The running site. A test module names it `site`, so that `browser_page` opens its pages."""
    thread = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={})
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    assert thread.error is None
    yield Site(f"http://127.0.0.1:{thread.port}", Path())
    thread.terminate()
