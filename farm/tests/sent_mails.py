"""Reads the mails about bookings that a test has caused."""

from mail.models import Mail


def notified() -> list[tuple[str, str]]:
    """Return the kinds of the mails with who got them, in order."""
    return [(mail.kind, mail.person.username) for mail in Mail.objects.order_by("pk").select_related("person")]


def last_mail() -> Mail:
    return Mail.objects.latest("pk")
