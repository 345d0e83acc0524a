"""`manage.py demo_student`: run the scripted student, who pushes every few seconds."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from courses.demo.scripted_student import ScriptedStudent

SLOWER_AFTER, SLOWER = 150, 60.0  # pushes, seconds: a demonstration that runs for days must not fill the disk


class Command(BaseCommand):
    help = "Run a scripted student who pushes to the demonstration's repositories every few seconds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=8.0, help="seconds between pushes")
        parser.add_argument("--count", type=int, default=0, help="stop after this number of pushes; 0 for never")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        student, pushes = ScriptedStudent(), 0
        while not stop.is_set() and (not options["count"] or pushes < options["count"]):
            line = self._push(student)
            if line:
                pushes += 1
                self.stdout.write(line)
                self.stdout.flush()
            stop.wait(options["every"] if pushes < SLOWER_AFTER else max(SLOWER, options["every"]))

    def _push(self, student: ScriptedStudent) -> str:
        close_old_connections()
        try:
            return student.push(timezone.localtime())
        except DatabaseError as error:
            return f"the database did not answer: {error}"
