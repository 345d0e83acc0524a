"""The Git server of the demonstration, and the work of a worker, for tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import HTTPServer
from pathlib import Path
from typing import Any

from gitsync.demo import locations, server
from gitsync.events import outbox
from gitsync.models import LocalCopy
from gitsync.syncing import sync


@contextmanager
def serve_demo(settings: Any, home: Path) -> Iterator[HTTPServer]:
    """Serve the demonstration's repositories below `home`."""
    settings.ATELIER_HOME, settings.GIT_STORES = home, home / "stores"
    web = server.serve(locations.root(), "127.0.0.1", 0)
    settings.DEMO_GIT_SERVER = f"127.0.0.1:{web.server_port}"
    settings.GIT_LOCAL_SERVERS = frozenset({settings.DEMO_GIT_SERVER})
    threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield web
    web.shutdown()
    web.server_close()


def run_worker() -> None:
    """Do the work of a worker: sync, then deliver the events."""
    for repository_id in LocalCopy.objects.filter(dirty=True).order_by("pk").values_list("repository_id", flat=True):
        sync.sync_repository(repository_id)
    outbox.drain("local")
