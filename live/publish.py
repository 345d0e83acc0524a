"""Publishes change notifications: one row per topic in the caller's transaction, and a wake-up after its commit."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from kernel.database.bulk import insert_objects
from live.models import MAX_ROWS, Change
from live.wake_up import wake


class Rows(NamedTuple):
    """Some rows of a topic: the machines of `farm`, the enrolments of `course:<pk>`.

    More than MAX_ROWS ids mean the whole topic.
    """

    topic: str
    ids: frozenset[int]


def changed_rows(topic: str, ids: Iterable[int]) -> Rows:
    """Return what `publish` takes when only these rows of the topic changed."""
    return Rows(topic, frozenset(ids))


def publish(*changes: str | Rows) -> None:
    """Notify the open pages that subscribe to these topics. A notification carries no data.

    A topic alone means that anything of it may have changed. Topics are `farm`, `course:<pk>`, `plan:<pk>`,
    `person:<pk>` and `forge:<pk>`.
    """
    now = timezone.now()
    by_topic: dict[str, str] = {}
    for change in changes:
        topic, ids = (change, "") if isinstance(change, str) else (change.topic, _text(change.ids))
        by_topic[topic] = ids if by_topic.get(topic, ids) == ids else ""
    insert_objects([Change(topic=topic, rows=ids, at=now) for topic, ids in by_topic.items()])
    transaction.on_commit(wake)


def _text(ids: frozenset[int]) -> str:
    return ",".join(map(str, sorted(ids))) if len(ids) <= MAX_ROWS else ""
