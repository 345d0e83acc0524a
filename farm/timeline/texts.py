"""The texts of a timeline that many of its bars share, each written once for a page."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from django.utils.translation import gettext as _

from farm.models.states import State
from farm.rules import wording


class TimelineTexts:
    """Texts in the active language and zone. Make one for each page."""

    def __init__(self) -> None:
        self.day_and_clock: Callable[[datetime], str] = cache(wording.day_and_clock)
        self.clock: Callable[[datetime], str] = cache(wording.clock)
        self.weekday_and_clock: Callable[[datetime], str] = cache(wording.weekday_and_clock)
        self.share: Callable[[int, int], str] = cache(wording.share)
        self.state: Callable[[State], str] = cache(lambda state: str(state.label))
        self.you = _("You")
        self.booked = _("Booked")
        self.bar_name = _("%(what)s on %(machine)s, %(from)s to %(to)s, %(state)s")
