"""Receive the events of the Git module, from this installation or from another one.

The Git module of this installation calls `receive`; one elsewhere posts to /_http/messages.
"""

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from courses.git.event_parsing import parse_event, with_ids_as_text
from courses.git.progress import apply_event
from courses.models import ReceivedEvent
from kernel.wire import storable


def receive(event_id: uuid.UUID, body: dict[str, Any]) -> None:
    """Keep an event and apply it, once per event id, all in one transaction.

    An event about a course, student or task that is not known here is kept with its problem and creates no row.
    Raises kernel.errors.Malformed for a body that is not an event of the contract.
    """
    body = with_ids_as_text(body)
    event, kept_body = parse_event(body), storable(body)
    if kept_body != body:
        event = parse_event(kept_body)  # a rebuild parses the kept body: both must give the same rows
    with transaction.atomic():
        row, is_new = ReceivedEvent.objects.get_or_create(
            event_id=event_id,
            defaults={
                "kind": event.kind,
                "body": kept_body,
                "received_at": timezone.now(),
                "student_id": event.student_id,
            },
        )
        if is_new:
            apply_event(row, event)
