"""`manage.py demo_farm`: while this command runs, invented researchers of the demonstration book and cancel."""

import contextlib
import random
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from farm.demo import simulation

SLOWER_AFTER, SLOWER = 1000, 4.0  # moves, factor: a demonstration left running for days need not fill the disk


class Command(BaseCommand):
    help = "People of the demonstration who book, extend, move, cancel and give back while it runs (DEMO=1)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=30.0, help="seconds between moves, a third more or less")
        parser.add_argument("--count", type=int, default=0, help="stop after so many moves; 0 never")

    def handle(self, *args: Any, **options: Any) -> None:
        with contextlib.suppress(KeyboardInterrupt):
            self._run(options["every"], options["count"])

    def _run(self, every: float, count: int) -> None:
        chance, moves = random.Random(), 0  # noqa: S311 - no secret
        while not count or moves < count:
            move = self._move(chance)
            moves += 1
            if move:
                self.stdout.write(move)
                self.stdout.flush()
            pause = every * chance.uniform(2 / 3, 4 / 3)
            time.sleep(pause if moves < SLOWER_AFTER else pause * SLOWER)

    def _move(self, chance: random.Random) -> str:
        close_old_connections()
        try:
            return simulation.step(timezone.now(), chance)
        except DatabaseError as error:
            return f"the database did not answer: {error}"
