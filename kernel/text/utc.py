"""Times as the APIs write them."""

from datetime import UTC, datetime


def utc_text(moment: datetime) -> str:
    """Write `2030-01-07T09:00:00Z`: UTC, in whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
