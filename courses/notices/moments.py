"""Deadlines in the words of a mail."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.functional import lazy

from kernel.templatetags.atelier import local_day, local_time


def _written(moment: datetime | None, zone: ZoneInfo) -> str:
    if moment is None:
        return ""
    is_theirs = moment.astimezone(zone).utcoffset() == timezone.localtime(moment).utcoffset()
    with timezone.override(zone):
        text = f"{local_day(moment)} {local_time(moment)}"
    return text if is_theirs else f"{text} ({zone.key})"


# Writes a deadline as the pages of its course do, in the zone of the course; "" for none. A reader whose clock shows
# another time reads the name of the zone, too. It is written when the mail of each reader is rendered.
written_later = lazy(_written, str)
