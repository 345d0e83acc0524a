"""Invitations: a mail with a single-use link, with which a person sets their first password and signs in."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import unquote

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from accounts.audit import record
from accounts.domain import one_time_links
from accounts.mail_kinds import INVITATION
from accounts.models import OneTimeLink, User
from accounts.permissions import may_administer
from accounts.principals import Principal
from kernel.errors import Conflict, Malformed, NotAllowed
from mail.models import LINK_MARK
from mail.outgoing import end_secret_links, last_mails, send_account_mail
from mail.rendering import render

INVITE = OneTimeLink.Purpose.INVITE
TEMPLATE = "accounts/mail/invitation.txt"
End = OneTimeLink.End


class State(models.TextChoices):
    """How far the invitation of a person is."""

    NEVER_SENT = "never-sent", pgettext_lazy("invitation", "Never sent")
    HAS_PASSWORD = "has-password", pgettext_lazy("invitation", "Not needed, has a password")
    SENT = "sent", pgettext_lazy("invitation", "Sent")
    OPENED = "opened", pgettext_lazy("invitation", "Opened, no password yet")
    BOUNCED = "bounced", pgettext_lazy("invitation", "Mail not delivered")
    EXPIRED = "expired", pgettext_lazy("invitation", "Expired")
    DECLINED = "declined", pgettext_lazy("invitation", "Declined: not the right person")
    SIGNED_IN = "signed-in", pgettext_lazy("invitation", "Signed in")


class Progress(NamedTuple):
    state: State
    sent_at: datetime | None  # the last invitation
    error: str = ""  # of the mail server, when the mail was not delivered


def invite(actor: Principal, person: User, *, context_title: str = "", context_path: str = "") -> None:
    """Send a person the link with which they set their first password. An older link ends.

    context_title: the course, or other thing, that the mail names. context_path: the page to which the link leads.
    Raises NotAllowed for an account with more rights than those of the actor, Conflict for a program, a closed account
    and a person who has a password, and Malformed without an address.
    """
    inviter = actor if isinstance(actor, User) else None
    _send(actor, inviter, person, title=context_title, path=context_path)


def invite_again(link: OneTimeLink) -> None:
    """Send a new invitation in place of an old one, as the person asked for. It names who sent the old one.

    Raises as `invite`.
    """
    _send(None, link.created_by, link.person, title=link.title, path=link.path)


def _send(actor: Principal, inviter: User | None, person: User, *, title: str, path: str) -> None:
    with transaction.atomic():
        person = one_time_links.lock_owner(person)
        check_may_be_invited(actor, person)
        link, secret = one_time_links.make(person, INVITE, by=inviter, address=person.email, title=title, path=path)
        send_account_mail(
            person,
            INVITATION,
            key=str(link.pk),
            address=person.email,
            template=TEMPLATE,
            context=_words(inviter, link.title, link.expires_at),
            secret_path=reverse("one-time-link", args=[secret]),
        )
        record(actor, "accounts.invite", f"user:{person.pk}", after={"address": person.email})


def _words(inviter: User | None, title: str, until: datetime) -> dict[str, Any]:
    return {"inviter": inviter.display_name if inviter else "", "title": title, "until": until}


def sample(inviter: User, person: User, *, context_title: str = "") -> tuple[str, str]:
    """Return the subject and the text of the mail with which `inviter` would invite a person now, without its link."""
    until = timezone.now() + one_time_links.LIFETIMES[INVITE]
    subject, text = render(person, TEMPLATE, _words(inviter, context_title, until))
    path = unquote(reverse("one-time-link", args=["…"]))
    return subject, text.replace(LINK_MARK, f"{settings.PUBLIC_URL}{path}")


def check_may_be_invited(actor: Principal, person: User) -> None:
    """Check that this actor may invite this person, and that it makes sense. Raises NotAllowed, Conflict or Malformed.

    An invitation ends the one before it, so a teacher may not send one to staff. The actor None is Atelier itself.
    """
    values = {"name": person.display_name}
    if not one_time_links.may_have_links(person):
        raise Conflict("account_closed", _("%(name)s has no account to sign in to.") % values)
    if person.has_usable_password():
        raise Conflict("has_password", _("%(name)s has a password already.") % values)
    if isinstance(actor, User) and not may_administer(actor, person):
        raise NotAllowed("not_allowed", _("%(name)s belongs to the staff: only a superuser may invite them.") % values)
    if not person.email:
        sentence = _("%(name)s has no e-mail address. Add one, or print a one-time code.")
        raise Malformed("no_address", sentence % values, field="email")


def decline(link: OneTimeLink) -> None:
    """End an invitation because it reached somebody else. Staff and teachers see it as declined.

    Does nothing when it was used or ended in the meantime.
    """
    with transaction.atomic():
        if not one_time_links.end(link.person, [INVITE], End.DECLINED):
            return
        end_secret_links(link.person_id, INVITATION)
        record(None, "accounts.decline_invitation", f"user:{link.person_id}", after={"address": link.address})


def state(person: User) -> State:
    """Return how far the invitation of a person is."""
    return states([person])[person.pk]


def states(people: Iterable[User]) -> dict[int, State]:
    """Return the same for several people, by the id of the person, in two queries."""
    return {person_id: progress.state for person_id, progress in progress_of(people).items()}


def progress_of(people: Iterable[User]) -> dict[int, Progress]:
    """Return the states of several people and when their last invitation was sent, in two queries."""
    people = list(people)
    ids = [person.pk for person in people]
    links = OneTimeLink.objects.filter(purpose=INVITE, person_id__in=ids).order_by("id")
    last_links = {link.person_id: link for link in links}
    mails = last_mails(INVITATION, ids)
    errors = {person_id: mail.last_error for person_id, mail in mails.items() if mail.state == "failed"}
    progress = {}
    for person in people:
        link = last_links.get(person.pk)
        state = _state(person, link, person.pk in errors)
        error = errors[person.pk] if state == State.BOUNCED else ""
        progress[person.pk] = Progress(state, link.created_at if link else None, error)
    return progress


def _state(person: User, link: OneTimeLink | None, mail_failed: bool) -> State:
    if person.last_login or (link and link.used_at):
        return State.SIGNED_IN
    if person.has_usable_password():
        return State.HAS_PASSWORD
    if link is None:
        return State.NEVER_SENT
    if link.ended_as == End.DECLINED:
        return State.DECLINED
    if link.expires_at <= timezone.now() or link.ended_as:
        return State.EXPIRED
    if mail_failed:
        return State.BOUNCED
    return State.OPENED if link.opened_at else State.SENT
