"""Makes, finds, uses and ends one-time links. Nothing else writes their rows.

The secret of a link is returned once and is never stored: the table keeps a keyed hash of it.
"""

import secrets
from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import demo_accounts
from accounts.mail_kinds import KIND_OF
from accounts.models import OneTimeLink, User
from accounts.principals import Principal
from mail.outgoing import end_secret_links

Purpose, End = OneTimeLink.Purpose, OneTimeLink.End
LIFETIMES = {
    Purpose.INVITE: timedelta(days=14),
    Purpose.RESET: timedelta(days=1),
    Purpose.EMAIL: timedelta(days=3),
    Purpose.CODE: timedelta(days=14),
}
SIGN_IN = (Purpose.INVITE, Purpose.RESET, Purpose.CODE)  # the purposes of links that set a password
SECRET_BYTES = 24


class LinkState(StrEnum):
    """The state of a link at this moment."""

    USABLE = "usable"
    USED = "used"
    EXPIRED = "expired"
    REPLACED = "replaced"
    DECLINED = "declined"
    CLOSED = "closed"


def lock_owner(person: User) -> User:
    """Lock a person's row until the transaction ends, and return it as it is now.

    So a link goes to the present address, and never to an account that was closed meanwhile.
    """
    return User.objects.select_for_update().get(pk=person.pk)


def make(
    person: User,
    purpose: OneTimeLink.Purpose,
    *,
    by: Principal = None,
    secret: str = "",
    address: str = "",
    title: str = "",
    path: str = "",
) -> tuple[OneTimeLink, str]:
    """Save a link for a person; return it with its secret. The older links of this purpose end.

    `secret` is for codes, which are shorter than the secret of a link.
    """
    end(person, [purpose], End.REPLACED)
    now, secret = timezone.now(), secret or secrets.token_urlsafe(SECRET_BYTES)
    link = OneTimeLink.objects.create(
        person=person,
        purpose=purpose,
        secret_hash=hash_of(secret),
        address=address,
        title=title[:200],
        path=path[:500],
        created_by=by if isinstance(by, User) and by.pk else None,
        created_at=now,
        expires_at=now + LIFETIMES[purpose],
    )
    return link, secret


def hash_of(secret: str) -> str:
    return salted_hmac("accounts.one_time_links", secret, algorithm="sha256").hexdigest()


def find(secret: str, purposes: Collection[str] = tuple(Purpose)) -> OneTimeLink | None:
    """Return the link with this secret, in whatever state it is."""
    links = OneTimeLink.objects.select_related("person", "created_by")
    return links.filter(secret_hash=hash_of(secret), purpose__in=purposes).first()


def state_of(link: OneTimeLink) -> LinkState:
    """Return the state of a link. A closed account closes its links; one that was used stays used."""
    if link.used_at or link.ended_as == End.SIGNED_IN:
        return LinkState.USED
    if link.ended_as == End.CLOSED or not may_have_links(link.person):
        return LinkState.CLOSED
    if link.ended_as:
        return LinkState(link.ended_as)
    return LinkState.EXPIRED if link.expires_at <= timezone.now() else LinkState.USABLE


def may_have_links(person: User) -> bool:
    """Whether a person may sign in with a link: programs, closed accounts and closed demo accounts may not."""
    return person.is_active and not person.is_service and not demo_accounts.is_closed(person)


def mark_opened(link: OneTimeLink) -> None:
    """Note that the page of the link was opened. That uses nothing up: mail scanners open links too."""
    if link.opened_at is None:
        OneTimeLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=timezone.now())


def use(link: OneTimeLink) -> bool:
    """Use a link up. Of several calls at the same moment only one gets True."""
    now = timezone.now()
    usable = OneTimeLink.objects.filter(pk=link.pk, used_at=None, ended_as="", expires_at__gt=now)
    return bool(usable.update(used_at=now))


def end(person: User, purposes: Collection[str], why: OneTimeLink.End) -> bool:
    """End the links of a person that were not used and have not ended. Return whether there was one."""
    open_links = OneTimeLink.objects.filter(person=person, purpose__in=purposes, used_at=None, ended_as="")
    return bool(open_links.update(ended_as=why))


def end_sign_in_links(person: User, why: OneTimeLink.End = End.SIGNED_IN) -> None:
    """End the open links with which this person could set a password, and forget them in the mails."""
    end(person, SIGN_IN, why)
    for purpose in SIGN_IN:
        if kind := KIND_OF.get(purpose):
            end_secret_links(person.pk, kind)


def end_mailed_links(person: User) -> None:
    """End the open links that were sent to this person by mail: their address is another one now."""
    end(person, list(KIND_OF), End.REPLACED)
    for kind in KIND_OF.values():
        end_secret_links(person.pk, kind)
