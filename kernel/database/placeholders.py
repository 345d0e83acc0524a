"""The placeholders of values in SQL that is written by hand."""

from collections.abc import Sized


def placeholders(values: Sized) -> str:
    """Return a placeholder for each value, for `IN ({…})` and `VALUES ({…})`: "%s, %s"."""
    return ", ".join(["%s"] * len(values))
