"""The facts of the account page about how a person signs in."""

from datetime import datetime

from accounts.models import AuditEvent, User

PASSWORD_COMMANDS = (
    "accounts.make_first_account",
    "accounts.password",
    "accounts.accept_invitation",
    "accounts.reset_password",
    "accounts.use_code",
)


def password_set_at(person: User) -> datetime | None:
    """Return when the password was last set, as the audit log knows it; None when it does not."""
    events = AuditEvent.objects.filter(subject=f"user:{person.pk}", verb__in=PASSWORD_COMMANDS)
    return events.order_by("-id").values_list("at", flat=True).first()
