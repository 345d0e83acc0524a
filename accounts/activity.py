"""What changed lately, as far as a person may see it."""

from django.db.models import Q, QuerySet

from accounts.models import AuditEvent, User

SHOWN = 8


def visible_to(user: User) -> QuerySet[AuditEvent]:
    """Staff see the whole trail; others what they did, what was done to them, and what happens on the shared farm."""
    if user.is_staff:
        return AuditEvent.objects.all()
    return AuditEvent.objects.filter(
        Q(actor=user) | Q(subject=f"user:{user.pk}") | Q(verb__startswith="farm.", subject__startswith="reservation:")
    )


def recent(user: User) -> QuerySet[AuditEvent]:
    return visible_to(user).select_related("actor").order_by("-id")[:SHOWN]
