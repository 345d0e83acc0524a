"""Password reset by mail. The answer to the browser is the same whether or not somebody has the address."""

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from accounts import demo_accounts, guess_limits
from accounts.domain import invitations, one_time_links
from accounts.guess_limits import Limit
from accounts.mail_kinds import PASSWORD_RESET
from accounts.models import OneTimeLink, User
from kernel.errors import Malformed, Refused
from kernel.task_queue import queue
from mail.addresses import clean_address
from mail.outgoing import send_account_mail

log = structlog.get_logger(__name__)
MOST_ACCOUNTS = 5  # of one address


def count_request(address: str, network: str) -> Limit | None:
    """Count a request for a reset; return the limit that is used up, else None.

    `network` is that of the browser, "" when it is not known.
    """
    limits = [guess_limits.limit("reset", address.lower(), guesses=settings.RESETS_PER_ADDRESS)]
    if network:
        limits.append(
            guess_limits.limit("reset-network", network, guesses=settings.RESETS_PER_NETWORK, is_address=True)
        )
    return next((limit for limit in limits if not guess_limits.take(limit)), None)


def request_reset(address: str) -> None:
    """Let the worker send the mails for this address.

    So the answer takes as long for an unknown address as for a known one. Without a broker they are written here.
    """
    from kombu.exceptions import OperationalError  # on first use, as config/startup.py says
    from redis import RedisError

    try:
        queue("accounts.tasks.send_password_resets", address)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("broker_unavailable", task="accounts.tasks.send_password_resets", error=str(error))
        send_resets(address)


def send_resets(address: str) -> None:
    """Write a mail to each person who has this address: a reset, or an invitation to those without a password."""
    try:
        address = clean_address(address)
    except Malformed:
        return
    forms = {address.lower(), _with_letters(address).lower()}
    matching = Q()
    for form in forms:
        matching |= Q(email__iexact=form)
    for person in User.objects.filter(matching).order_by("pk")[:MOST_ACCOUNTS]:
        if person.email.lower() in forms:
            send_to(person)


def _with_letters(address: str) -> str:
    """Return the address with the letters of its domain (`école.example` for `xn--…`): some are stored so."""
    local, _at, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('ascii').decode('idna')}"
    except UnicodeError:
        return address


def send_to(person: User) -> None:
    """Write the mail to one person. Programs, closed accounts, demo accounts and people without address get none."""
    if not _may_get_mail(person):
        return
    try:
        if person.has_usable_password():
            _send_reset(person)
        else:
            _send_invitation(person)
    except Refused as refusal:  # such as an address that is none
        log.warning("reset_not_sent", person=person.pk, error=refusal.code)


def _may_get_mail(person: User) -> bool:
    is_demo = demo_accounts.is_demo_account(person)
    return one_time_links.may_have_links(person) and not is_demo and bool(person.email)


def _send_invitation(person: User) -> None:
    """Invite a person again, with the course of their last invitation."""
    links = OneTimeLink.objects.filter(person=person, purpose=OneTimeLink.Purpose.INVITE)
    last = links.select_related("person", "created_by").order_by("id").last()
    if last:
        invitations.invite_again(last)
    else:
        invitations.invite(None, person)


def _send_reset(person: User) -> None:
    with transaction.atomic():
        person = one_time_links.lock_owner(person)
        if not _may_get_mail(person):
            return
        link, secret = one_time_links.make(person, OneTimeLink.Purpose.RESET, address=person.email)
        send_account_mail(
            person,
            PASSWORD_RESET,
            key=str(link.pk),
            address=person.email,
            template="accounts/mail/password_reset.txt",
            context={"until": link.expires_at},
            secret_path=reverse("one-time-link", args=[secret]),
        )
