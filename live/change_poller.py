"""Reads the table of change notifications for the event streams.

The code is synchronous: `live.dispatcher` calls it in its thread.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Max, Q
from django.utils import timezone

from live.models import Change

WINDOW = timedelta(seconds=30)


class ChangePoller:
    """Returns each row of the table once, in whatever order the rows are committed.

    The database gives out an id when a row is written, but shows the row only after its commit. A smaller id may
    therefore appear after a larger one. So each poll reads the rows of the last 30 s again and drops the ids that it
    has returned before. A row written more than 30 s ago still counts when its id is larger than all returned ids.
    """

    def __init__(self) -> None:
        self._largest_id = Change.objects.aggregate(largest=Max("id"))["largest"] or 0
        self._returned: set[int] = set()
        self.poll()

    def poll(self) -> list[tuple[int, str, str]]:
        """Return `(id, topic, rows)` of the changes that appeared since the last poll, ordered by id."""
        recent = Q(at__gte=timezone.now() - WINDOW) | Q(id__gt=self._largest_id)
        changes = list(Change.objects.filter(recent).order_by("id").values_list("id", "topic", "rows"))
        new_changes = [change for change in changes if change[0] not in self._returned]
        self._returned = {pk for pk, _topic, _rows in changes}  # a row that has left the window does not come back
        self._largest_id = max([self._largest_id, *self._returned])
        return new_changes


def changed_since(last_id: int, topics: Iterable[str]) -> list[tuple[str, str]] | None:
    """Return `(topic, rows)` of what changed of `topics` around and after the change `last_id`.

    Returns None when that row is pruned.

    Changes within the window before `last_id` are included, because they may have been committed after `last_id` was
    sent.
    """
    at = Change.objects.filter(pk=last_id).values_list("at", flat=True).first()
    if at is None:
        return None
    around = Change.objects.filter(Q(at__gte=at - WINDOW) | Q(id__gt=last_id), topic__in=topics).exclude(pk=last_id)
    return list(around.values_list("topic", "rows"))
