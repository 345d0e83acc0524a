"""What the stream reads from the table of changes. Synchronous: `live.reader` calls it in its one thread."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Max, Q
from django.utils import timezone

from live.models import Change

WINDOW = timedelta(seconds=30)


class Look:
    """Each row once, in whatever order the rows are committed.

    An id is handed out when its row is written and seen when its transaction commits, so a smaller id may appear
    after a larger one. Each look therefore reads the last 30 s again and drops the ids it has seen. A row written
    more than 30 s ago still counts when its id is beyond all that were seen.
    """

    def __init__(self) -> None:
        self._top = Change.objects.aggregate(top=Max("id"))["top"] or 0
        self._seen: set[int] = set()
        self.new()

    def new(self) -> list[tuple[int, str]]:
        """`(id, topic)` of the rows that appeared since the last look, by id."""
        recent = Q(at__gte=timezone.now() - WINDOW) | Q(id__gt=self._top)
        rows = list(Change.objects.filter(recent).order_by("id").values_list("id", "topic"))
        fresh = [(pk, topic) for pk, topic in rows if pk not in self._seen]
        self._seen = {pk for pk, _ in rows}  # what has left the window does not come back
        self._top = max([self._top, *self._seen])
        return fresh


def missed(last_id: int, topics: Iterable[str]) -> set[str] | None:
    """The topics that changed around and after the change `last_id`; None when that is no longer known.

    Neighbours within the window are told again, because they may have been committed after `last_id` was sent.
    """
    at = Change.objects.filter(pk=last_id).values_list("at", flat=True).first()
    if at is None:
        return None
    around = Change.objects.filter(Q(at__gte=at - WINDOW) | Q(id__gt=last_id), topic__in=topics).exclude(pk=last_id)
    return set(around.values_list("topic", flat=True))
