"""Deletes old rows in small batches, so that no lock is held for long."""

from typing import Any

from django.db import models

BATCH = 500  # rows per transaction


def delete_in_batches(rows: models.QuerySet[Any]) -> int:
    """Delete all `rows` and what depends on them, in short transactions. Return how many rows there were."""
    count = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.model._default_manager.filter(pk__in=keys).delete()
        count += len(keys)
    return count
