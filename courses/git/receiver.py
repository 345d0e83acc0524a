"""The door for events: the Git module of this installation calls `receive`, one elsewhere posts to /_http/messages."""

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from courses.git import progress
from courses.git.event_parsing import parse
from courses.models import ReceivedEvent
from kernel.wire import storable


def receive(event_id: uuid.UUID, body: dict[str, Any]) -> None:
    """Keep the event and let it count, once per event id, all or nothing.

    Raises kernel.errors.Malformed for a body that is no event of the contract. An event about a course, student or
    task that is not known here is kept, with its problem, and creates nobody.
    """
    event, kept_body = parse(body), storable(body)
    if kept_body != body:
        event = parse(kept_body)  # a rebuild parses the kept body: both must give the same rows
    with transaction.atomic():
        row, new = ReceivedEvent.objects.get_or_create(
            event_id=event_id,
            defaults={
                "kind": event.kind,
                "body": kept_body,
                "received_at": timezone.now(),
                "student_id": event.student_id,
            },
        )
        if new:
            progress.apply(row, event)
