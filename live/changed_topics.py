"""Gathers any number of changes into the changed rows of each topic."""

from collections.abc import Iterable

from live.models import MAX_ROWS


class ChangedTopics:
    """Topics with the ids of their changed rows. A topic with more than MAX_ROWS of them has changed as a whole.

    `str()` gives the text of a message: `farm#12,15 person:7`. A topic without ids has changed as a whole.
    """

    def __init__(self, changes: Iterable[tuple[str, str]] = ()) -> None:
        self._ids: dict[str, set[str] | None] = {}  # None: the whole topic
        for topic, rows in changes:
            self.add(topic, rows)

    def add(self, topic: str, rows: str) -> None:
        """Add a change. `rows` are the ids as in the table: "12,15", or "" for the whole topic."""
        ids = self._ids.setdefault(topic, set())
        if ids is None:
            return
        ids.update(rows.split(","))
        if not rows or len(ids) > MAX_ROWS:
            self._ids[topic] = None

    def __str__(self) -> str:
        return " ".join(
            f"{topic}#{','.join(sorted(ids, key=int))}" if ids else topic for topic, ids in sorted(self._ids.items())
        )
