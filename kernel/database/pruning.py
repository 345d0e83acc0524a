"""Rows that nobody asks for any more, removed a few at a time: no lock is held for long, whatever has piled up."""

from typing import Any

from django.db import models

SLICE = 500


def forget(rows: models.QuerySet[Any]) -> int:
    """Delete all of `rows`, with what hangs on them, in short transactions. How many of them there were."""
    number = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:SLICE]):
        rows.model._default_manager.filter(pk__in=keys).delete()
        number += len(keys)
    return number
