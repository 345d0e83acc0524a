"""Writes the audit log. Nothing else creates an AuditEvent."""

from typing import Any

from accounts.models import AuditEvent, User
from accounts.principals import Principal
from kernel.database.bulk import insert_objects


def record(
    actor: Principal,
    command: str,
    subject: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Write one audit event in the caller's transaction.

    `actor` None is Atelier itself (its schedule, a repair). `command` is `app.command` ("farm.book"), `subject` is
    `kind:id` ("reservation:12"). `before` and `after` hold JSON values.
    """
    event = AuditEvent(
        actor=actor if isinstance(actor, User) and actor.pk else None,  # a trusted peer has no account
        actor_name=actor.username if actor else "atelier",
        verb=command,
        subject=subject,
        before=before or {},
        after=after or {},
        reason=reason,
    )
    insert_objects([event])
    return event
