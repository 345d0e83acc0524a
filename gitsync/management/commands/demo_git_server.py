"""`manage.py demo_git_server`: serve the demonstration's repositories until the process is stopped."""

import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gitsync.demo import locations, server


class Command(BaseCommand):
    help = "Serve the demonstration's repositories over smart HTTP on loopback (DEMO=1)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_GIT_SERVER:
            raise CommandError("Set DEMO=1: without it the demonstration's repositories have no server.")
        logging.getLogger("dulwich").setLevel(logging.WARNING)
        host, _colon, port = settings.DEMO_GIT_SERVER.rpartition(":")
        try:
            web = server.serve(locations.root(), host, int(port))
        except OSError as error:
            raise CommandError(f"{settings.DEMO_GIT_SERVER} cannot be used for the demonstration: {error.strerror}.")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=web.shutdown).start())
        self.stdout.write(f"The demonstration's repositories are at http://{settings.DEMO_GIT_SERVER}/")
        self.stdout.flush()
        web.serve_forever()
        web.server_close()
