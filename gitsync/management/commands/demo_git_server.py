"""`manage.py demo_git_server`: serve the demonstration's repositories until stopped."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gitsync.demo import place, server


class Command(BaseCommand):
    help = "Serve the demonstration's repositories over smart HTTP on loopback."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, help="default: DEMO_GIT_PORT, else the port kept in the data folder")

    def handle(self, *args: Any, **options: Any) -> None:
        port = options["port"] or place.port(settings.ATELIER_HOME, settings.PORT)
        try:
            web = server.serve(place.root(settings.ATELIER_HOME), port)
        except OSError as error:
            raise CommandError(f"Port {port} cannot be had for the demonstration's Git server: {error.strerror}.")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=web.shutdown).start())
        self.stdout.write(f"The demonstration's repositories are at {place.base_url(port)}")
        self.stdout.flush()
        web.serve_forever()
        web.server_close()
