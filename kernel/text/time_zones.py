"""Names of time zones that were stored: another server, or this one after an upgrade, may not know them."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings


def known_zone(name: str) -> ZoneInfo | None:
    """Return the time zone with this name, or None when this server has none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, such as Europe
        return None


def zone_or_school(name: str) -> ZoneInfo:
    """Return the time zone with this name; the one of the school for "" and for a name that this server lacks."""
    return (known_zone(name) if name else None) or ZoneInfo(settings.TIME_ZONE)
