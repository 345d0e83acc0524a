"""The one writer of AuditEvent."""

from typing import Any

from accounts.models import AuditEvent, User
from accounts.principals import Principal


def record(
    actor: Principal,
    verb: str,
    subject: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Write one event in the caller's transaction.

    `verb` is `app.verb` ("farm.book"), `subject` is `kind:id` ("reservation:12"); `before`, `after` hold JSON values.
    `actor` None is Atelier itself (a schedule, a repair).
    """
    return AuditEvent.objects.create(
        actor=actor if isinstance(actor, User) and actor.pk else None,
        actor_name=actor.username if actor else "atelier",
        verb=verb,
        subject=subject,
        before=before or {},
        after=after or {},
        reason=reason,
    )
