"""Sends a mail again when staff ask for it."""

from django.utils import timezone
from django.utils.translation import gettext as _

from kernel.errors import Conflict, Unknown
from mail.messages import is_fixed
from mail.models import Mail
from mail.notices import address_of
from mail.outgoing import new_message_id, start_sending


def send_again(mail_id: int) -> Mail:
    """Put a mail into the outbox again, in the caller's transaction; return the mail that will be sent.

    A mail that waits or has failed is tried now, to the present address of the person unless nobody chooses its kind:
    a secret link, or the warning to an old address, stays with its address. A mail that was sent is sent as a new mail
    with a new Message-ID, because mail programs hide a second one with the same; asked twice, there is one new mail.
    Raises Unknown, and Conflict when its secret link was removed.
    """
    mail = Mail.objects.select_for_update().select_related("person").filter(pk=mail_id).first()
    if mail is None:
        raise Unknown("no_mail", _("This mail does not exist."))
    if mail.has_secret and not mail.path:
        raise Conflict("link_ended", _("The link of this mail has ended, so it cannot be sent again."))
    if not mail.has_secret and not is_fixed(mail.kind):
        mail.address = address_of(mail.person) or mail.address
    if mail.sent_at:
        return _copy(mail)
    mail.attempts, mail.dead_at, mail.next_attempt_at = 0, None, timezone.now()
    mail.save(update_fields=["address", "attempts", "dead_at", "next_attempt_at"])
    start_sending()
    return mail


def send_failed_again() -> int:
    """Put all mails that have failed into the outbox again, such as after a repair of the mail server; return how many.

    Those whose secret link was removed stay as they are.
    """
    failed = Mail.objects.failed().exclude(has_secret=True, path="")
    count = failed.update(attempts=0, dead_at=None, next_attempt_at=timezone.now())
    start_sending()
    return count


def _copy(mail: Mail) -> Mail:
    key = f"again:{mail.pk}"
    if copy := Mail.objects.filter(key=key).first():
        return copy
    now = timezone.now()
    copy = Mail(
        key=key,
        message_id=new_message_id(),
        person_id=mail.person_id,
        kind=mail.kind,
        address=mail.address,
        subject=mail.subject,
        text=mail.text,
        path=mail.path,
        has_secret=mail.has_secret,
        language=mail.language,
        created_at=now,
        next_attempt_at=now,
    )
    copy.save(force_insert=True)
    start_sending()
    return copy
