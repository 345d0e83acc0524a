"""The texts of a timeline that many of its bars share, each written once for a page."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import NamedTuple

from django.utils.translation import gettext as _

from farm.models.states import State
from farm.rules import wording
from farm.rules.availability import Share
from farm.timeline.geometry import Measured, measured
from kernel.text.bidi import isolated


class Seen(NamedTuple):
    """The parts of the bookings of one owner and one project that the viewer may see."""

    mine: bool
    team: bool
    sees_name: bool
    may_change: bool
    who: str  # "" where the viewer may not know


class TimelineTexts:
    """Texts in the active language and zone, for one viewer. Make one for each page."""

    def __init__(self) -> None:
        self.sizes: dict[tuple[int, str, int], str] = {}  # by GPUs, model and memory of a machine
        self.seen: dict[tuple[int, int | None], Seen] = {}
        self.day_and_clock: Callable[[datetime], str] = cache(wording.day_and_clock)
        self.clock: Callable[[datetime], str] = cache(wording.clock)
        self.weekday_and_clock: Callable[[datetime], str] = cache(wording.weekday_and_clock)
        self.share: Callable[[int, int], str] = cache(wording.share)
        self.always_free = cache(wording.always_free)
        self.free_now: Callable[[str, Share, Share, bool], wording.FreeNow] = cache(wording.free_now)
        self.state: Callable[[State], str] = cache(lambda state: str(state.label))
        self.in_bar: Callable[[str, str, int, int, str], list[Measured]] = cache(self._in_bar)
        self.what: Callable[[str, int, int, str], str] = cache(self._what)
        self.you = _("You")
        self.booked = _("Booked")
        self.bar_name = _("%(what)s, %(from)s to %(to)s, %(state)s")

    def _in_bar(self, mark: str, who: str, gpus: int, memory_gb: int, purpose: str) -> list[Measured]:
        """Return the texts for a bar, the longest first.

        `A. Moreau · 4 GPU · training`, then the same without the last part, and so on.
        """
        share = self.share(gpus, 0) if gpus else self.share(0, memory_gb)
        parts = [part for part in (isolated(who) if who else "", share, purpose) if part]
        return measured(mark + " · ".join(parts[:count]) for count in range(len(parts), 0, -1))

    def _what(self, who: str, gpus: int, memory_gb: int, purpose: str) -> str:
        """Return what is booked and by whom, for a screen reader: `A. Moreau · 4 GPU · 64 GB · training`."""
        return " · ".join([who or self.booked, self.share(gpus, memory_gb), purpose]).strip(" ·")
