"""Closes and reopens accounts. The same transaction settles what the person holds: nothing is left by accident."""

from collections.abc import Mapping

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import sessions
from accounts.audit import record
from accounts.domain import one_time_links
from accounts.holdings import holdings_of, mark_of, refresh_pages
from accounts.mail_kinds import EMAIL_CHECK
from accounts.models import OneTimeLink, SignedInBrowser, User
from accounts.permissions import may_see_secret_link
from kernel.errors import Conflict, NotAllowed
from mail.outgoing import end_secret_links, forget_notices


def may_close(actor: User, person: User) -> bool:
    """Whether this actor may close and reopen this account: staff who may administer it, and never their own."""
    return actor.is_staff and actor.pk != person.pk and may_see_secret_link(actor, person)


def close(
    actor: User,
    person: User,
    *,
    mark: str,
    ways: Mapping[str, str],
    heirs: Mapping[str, User],
    reason: str = "",
) -> None:
    """Close an account: settle what it holds, end its sessions, tokens and links, and forget notices that wait.

    mark: stands for the holdings that the actor saw. ways, heirs: by the name of the holding. Raises NotAllowed, and
    Conflict when the account is closed or the holdings have changed; a command of an app above may refuse too.
    """
    if not may_close(actor, person):
        raise NotAllowed("not_allowed", _("You may not close this account."))
    with transaction.atomic():
        holdings = holdings_of(person)
        if mark_of(holdings) != mark:
            raise Conflict("changed_meanwhile", _("Something has changed in the meantime. Look at it again."))
        for holding in holdings:
            way = ways.get(holding.name, "")
            if way not in holding.ways:
                raise Conflict("changed_meanwhile", _("Something has changed in the meantime. Look at it again."))
            holding.settle(actor, person, way, heirs.get(holding.name))
        if not User.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
            raise Conflict("closed", _("This account is closed already."))
        person.is_active = False
        after = {holding.name: ways[holding.name] for holding in holdings}
        record(actor, "accounts.close", f"user:{person.pk}", after=after, reason=reason)
        _end_access(actor, person)
        refresh_pages(person, holdings)


def _end_access(actor: User, person: User) -> None:
    sessions.sign_out_everywhere(person, by=actor)
    keys = SignedInBrowser.objects.filter(person=person)
    Session.objects.filter(session_key__in=list(keys.values_list("session_key", flat=True))).delete()
    keys.delete()
    one_time_links.end_sign_in_links(person, OneTimeLink.End.CLOSED)
    one_time_links.end(person, [OneTimeLink.Purpose.EMAIL], OneTimeLink.End.CLOSED)
    end_secret_links(person.pk, EMAIL_CHECK)
    forget_notices(person.pk)


def reopen(actor: User, person: User) -> None:
    """Reopen an account. The person signs in with the password of before, or asks for a new one.

    Raises NotAllowed, and Conflict when the account is open.
    """
    if not may_close(actor, person):
        raise NotAllowed("not_allowed", _("You may not reopen this account."))
    with transaction.atomic():
        if not User.objects.filter(pk=person.pk, is_active=False).update(is_active=True):
            raise Conflict("open", _("This account is open already."))
        person.is_active = True
        record(actor, "accounts.reopen", f"user:{person.pk}")
        refresh_pages(person, holdings_of(person))
