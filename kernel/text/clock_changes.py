"""Hours that a clock change repeats or skips, in the active time zone."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _


def is_repeated(local: datetime) -> bool:
    """Whether this local time comes twice, because the clock goes back."""
    return _offset(local, fold=0) > _offset(local, fold=1)


def is_skipped(local: datetime) -> bool:
    """Whether this local time does not exist, because the clock goes forward."""
    return _offset(local, fold=0) < _offset(local, fold=1)


def zone_if_repeated(local: datetime) -> str:
    """Return the zone's name, such as ` CEST`, for a local time that comes twice; "" for any other."""
    return f" {local:%Z}" if is_repeated(local) else ""


def clock_change_note(naive: datetime, taken: datetime) -> str:
    """Return a sentence about a typed time that a clock change repeats or skips; "" for any other time.

    `naive` is the typed time in the active time zone, `taken` the instant that it was interpreted as.
    """
    typed = naive.replace(tzinfo=timezone.get_current_timezone())
    words = {"typed": f"{typed:%H:%M}", "taken": f"{timezone.localtime(taken):%H:%M %Z}"}
    if is_skipped(typed):
        return _("%(typed)s does not exist on that day: the clock goes forward. %(taken)s was taken.") % words
    if is_repeated(typed):
        return _("%(typed)s comes twice on that day: the clock goes back. The first was taken, %(taken)s.") % words
    return ""


def _offset(local: datetime, fold: int) -> int:
    """Return the offset to UTC in seconds."""
    offset = local.replace(fold=fold).utcoffset()
    return int(offset.total_seconds()) if offset else 0
