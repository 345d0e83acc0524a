"""Moments as epoch seconds in UTC, the form that Git and the Git wire use."""

from datetime import UTC, datetime, tzinfo


def to_epoch(moment: datetime) -> int:
    """Return the whole seconds since 1970-01-01 00:00 UTC; a fraction is cut off."""
    return int(moment.timestamp())


def from_epoch(seconds: int, zone: tzinfo = UTC) -> datetime:
    """Return the moment of these epoch seconds, in UTC or in the given zone."""
    return datetime.fromtimestamp(seconds, zone)
