"""A person's new e-mail address counts once a link in a mail to it was used. The old address gets a mail."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import guess_limits
from accounts.audit import record
from accounts.domain import one_time_links
from accounts.mail_kinds import ADDRESS_CHANGED, EMAIL_CHECK
from accounts.models import OneTimeLink, User
from kernel.errors import Conflict, Malformed, Refused
from mail.addresses import clean_address
from mail.outgoing import end_secret_links, key_of, new_mail, send_account_mail, write
from mail.rendering import render

EMAIL = OneTimeLink.Purpose.EMAIL


def start(person: User, address: str) -> None:
    """Send a link to a new address. Raises Malformed for no address, and Refused (429) for too many in ten minutes."""
    address = clean_address(address)
    limit = guess_limits.limit("email-check", str(person.pk), guesses=settings.ADDRESS_CHECKS_PER_PERSON)
    if not guess_limits.take(limit):
        sentence = _("You asked for many mails. Wait ten minutes, and try again.")
        raise Refused("too_many", sentence, field="email", status=429)
    with transaction.atomic():
        person = one_time_links.lock_owner(person)
        link, secret = one_time_links.make(person, EMAIL, by=person, address=address)
        send_account_mail(
            person,
            EMAIL_CHECK,
            key=str(link.pk),
            address=address,
            template="accounts/mail/email_check.txt",
            context={"address": address, "until": link.expires_at},
            secret_path=reverse("one-time-link", args=[secret]),
        )


def waiting_address(person: User) -> str:
    """Return the new address whose link was not used yet, else ""."""
    link = OneTimeLink.objects.filter(person=person, purpose=EMAIL).select_related("person").order_by("id").last()
    is_open = link is not None and one_time_links.state_of(link) == one_time_links.LinkState.USABLE
    return link.address if link and is_open else ""


def confirm(link: OneTimeLink) -> None:
    """Make the address of a link that of its person. Raises Conflict when the link was used or ended meanwhile."""
    with transaction.atomic():
        if not one_time_links.use(link):
            raise Conflict("link_ended", _("This link was used in the meantime."))
        _change(one_time_links.lock_owner(link.person), link.address)


def remove(person: User) -> None:
    """Remove the address of a person: they get no more mails, and cannot reset their password by mail."""
    with transaction.atomic():
        one_time_links.end(person, [EMAIL], OneTimeLink.End.REPLACED)
        _change(person, "")


def was_changed_by(actor: User, person: User, old: str) -> None:
    """Record the address that staff have saved for a person. The links in mails to the old one end."""
    one_time_links.end_mailed_links(person)
    before, after = {"address": old}, {"address": person.email}
    record(actor, "accounts.change_address", f"user:{person.pk}", before=before, after=after)


def _change(person: User, address: str) -> None:
    old, person.email = person.email, address
    person.save(update_fields=["email"])
    end_secret_links(person.pk, EMAIL_CHECK)
    one_time_links.end_sign_in_links(person, OneTimeLink.End.REPLACED)  # those in mails to the old address
    event = record(
        person, "accounts.change_address", f"user:{person.pk}", before={"address": old}, after={"address": address}
    )
    try:
        old = clean_address(old)
    except Malformed:  # there was none
        return
    if old.lower() != address.lower():
        _notify(person, old, str(event.pk))


def _notify(person: User, old: str, key: str) -> None:
    written = render(person, "accounts/mail/address_changed.txt", {"address": person.email, "old": old})
    mail = new_mail(person, ADDRESS_CHANGED, key=key_of(person, ADDRESS_CHANGED, key), address=old, written=written)
    mail.path = reverse("profile")
    write([mail])
