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
from farm.timeline.state_styles import STATE_STYLES
from kernel.text.bidi import isolated


class Seen(NamedTuple):
    """The parts of the bookings of one owner and one project that the viewer may see."""

    mine: bool
    team: bool
    sees_name: bool
    may_change: bool
    who: str  # "" where the viewer may not know


class BarTexts(NamedTuple):
    """The texts of all bars with the same state, person, share and purpose.

    `drawn` are for the bar, the longest first: `A. Moreau · 4 GPU · training`, the same without the last part, and so
    on. `name` is for a screen reader, and takes the times `from` and `to`.
    """

    drawn: list[Measured]
    name: str


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
        self.of_bar: Callable[[State, str, int, int, str], BarTexts] = cache(self._of_bar)
        self.you = _("You")
        self.booked = _("Booked")
        self.bar_name = _("%(what)s, %(from)s to %(to)s, %(state)s")

    def _of_bar(self, state: State, who: str, gpus: int, memory_gb: int, purpose: str) -> BarTexts:
        share = self.share(gpus, 0) if gpus else self.share(0, memory_gb)
        parts = [part for part in (isolated(who) if who else "", share, purpose) if part]
        mark = STATE_STYLES[state].bar_mark
        what = self._what(who, gpus, memory_gb, purpose).replace("%", "%%")
        return BarTexts(
            measured(mark + " · ".join(parts[:count]) for count in range(len(parts), 0, -1)),
            self.bar_name
            % {"what": what, "from": "%(from)s", "to": "%(to)s", "state": str(state.label).replace("%", "%%")},
        )

    def _what(self, who: str, gpus: int, memory_gb: int, purpose: str) -> str:
        """Return what is booked and by whom, for a screen reader: `A. Moreau · 4 GPU · 64 GB · training`."""
        return " · ".join([who or self.booked, self.share(gpus, memory_gb), purpose]).strip(" ·")
