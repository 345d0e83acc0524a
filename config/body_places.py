"""The places of request bodies that arrive at the same moment: few in all, fewer for one address.

Small and large bodies have places of their own, so a small one never waits for a large one.
"""

import asyncio
from collections import Counter, deque
from typing import NamedTuple

LARGE = 1_000_000  # bytes; a body over them needs a place among the few large ones


class Room(NamedTuple):
    """How many bodies of one kind may arrive, and how long the others wait.

    at_once: the number for all addresses; per_caller: the number for one address.
    waiting_per_caller: how many bodies of one address may wait; the next one is refused at once.
    seconds: how long a body waits before it is refused.
    """

    at_once: int
    per_caller: int
    waiting_per_caller: int
    seconds: float


class Places:
    """The places of one kind. Bodies that wait get them in their order."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._taken: Counter[str] = Counter()
        self._waiting: deque[tuple[str, asyncio.Future[None]]] = deque()

    def take_now(self, caller: str) -> bool:
        """Take a place if one is free."""
        if not self._is_free(caller):
            return False
        self._taken[caller] += 1
        return True

    async def take(self, caller: str) -> bool:
        """Take a place, and wait for it if need be. Return False when none became free in time."""
        if self.take_now(caller):
            return True
        if sum(waiting == caller for waiting, _ in self._waiting) >= self._room.waiting_per_caller:
            return False
        place = asyncio.get_running_loop().create_future()
        entry = (caller, place)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(self._room.seconds):
                await place
        except (TimeoutError, asyncio.CancelledError) as error:
            if place.done() and not place.cancelled():
                self.give_back(caller)  # it was given at the moment when the caller gave up
            else:
                self._waiting.remove(entry)
            if isinstance(error, TimeoutError):
                return False
            raise
        return True

    def give_back(self, caller: str) -> None:
        self._taken -= Counter([caller])
        for entry in list(self._waiting):
            waiting, place = entry
            if self._is_free(waiting) and not place.done():
                self._taken[waiting] += 1
                self._waiting.remove(entry)
                place.set_result(None)

    def _is_free(self, caller: str) -> bool:
        return self._taken.total() < self._room.at_once and self._taken[caller] < self._room.per_caller


class BodyPlace:
    """The place of one body: a small one until the body is complete, or a large one until the body is deleted.

    A large body lies on the disk until its request is answered.
    """

    def __init__(self, small: Places, large: Places, caller: str) -> None:
        self._small, self._large, self._caller = small, large, caller
        self._held: Places | None = None

    async def take(self, declared: int) -> bool:
        """Take the place for a body that declares this number of bytes. Return False when none became free in time."""
        places = self._large if declared > LARGE else self._small
        if await places.take(self._caller):
            self._held = places
        return self._held is places

    def suits(self, arrived: int) -> bool:
        """Whether the body may go on with this number of bytes.

        One that did not declare its size takes a large place now. It does not wait: it would hold its bytes meanwhile.
        """
        if arrived <= LARGE or self._held is self._large:
            return True
        if not self._large.take_now(self._caller):
            return False
        self.give_back()
        self._held = self._large
        return True

    def body_is_complete(self) -> None:
        if self._held is self._small:
            self.give_back()

    def give_back(self) -> None:
        held, self._held = self._held, None
        if held:
            held.give_back(self._caller)
