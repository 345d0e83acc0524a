"""Codes that staff print for people without mail. A code and the user name set a password once, within 14 days."""

import secrets
from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import demo_accounts
from accounts.audit import record
from accounts.domain import one_time_links
from accounts.models import OneTimeLink, User
from accounts.permissions import may_see_secret_link
from kernel.database.bulk import batched
from kernel.errors import Malformed, NotAllowed

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 and O, 1, I and L
PART, PARTS = 5, 2  # 31 ** 10 codes; five guesses in ten minutes
MOST_CODES = 500  # at once
BATCH = 500


class PrintedCode(NamedTuple):
    """A code for the paper. It is shown once: only its hash is stored."""

    link: OneTimeLink
    person: User
    code: str


def issue(actor: User, people: Iterable[User]) -> list[PrintedCode]:
    """Make a code for each of these people, or for nobody. An older code of a person ends.

    Raises NotAllowed, with the names, when the actor may not administer an account, or when it is one of a program, of
    the demonstration, or closed.
    """
    people = list(people)
    refused = [person.username for person in people if not may_have_code(actor, person)]
    if refused:
        sentence = _("No code was made. You may not make one for: %(names)s.") % {"names": ", ".join(refused[:20])}
        raise NotAllowed("not_allowed", sentence, field="names")
    codes = []
    with transaction.atomic():
        for person in people:
            code = new_code()
            secret = _secret(person.username, code)
            link, _secret_again = one_time_links.make(person, OneTimeLink.Purpose.CODE, by=actor, secret=secret)
            record(actor, "accounts.issue_code", f"user:{person.pk}")
            codes.append(PrintedCode(link, person, code))
    return codes


def may_print(actor: User) -> bool:
    """Whether this actor may open the page that prints codes."""
    return actor.is_staff and actor.has_perm("accounts.change_user")


def may_have_code(actor: User, person: User) -> bool:
    """Whether this actor may make a code for this person: never for somebody with more rights than their own."""
    is_demo = demo_accounts.is_demo_account(person)
    return may_see_secret_link(actor, person) and one_time_links.may_have_links(person) and not is_demo


def people_with_names(names: Collection[str]) -> list[User]:
    """Return the people with these user names, in their order. Raises Malformed for unknown ones and for too many."""
    names = list(dict.fromkeys(names))
    if len(names) > MOST_CODES:
        sentence = _("At most %(most)s codes are made at once.") % {"most": MOST_CODES}
        raise Malformed("too_many", sentence, field="names")
    people: dict[str, User] = {}
    for batch in batched(names, BATCH):
        people |= {person.username: person for person in User.objects.filter(username__in=batch)}
    unknown = [name for name in names if name not in people]
    if unknown:
        sentence = _("Nobody here has these user names: %(names)s.") % {"names": ", ".join(unknown[:20])}
        raise Malformed("unknown_person", sentence, field="names")
    return [people[name] for name in names]


def find(username: str, typed: str) -> OneTimeLink | None:
    """Return the usable code of this person, else None. The caller has counted the guess."""
    link = one_time_links.find(_secret(username, typed), [OneTimeLink.Purpose.CODE])
    if link is None or link.person.username != username:
        return None
    return link if one_time_links.state_of(link) == one_time_links.LinkState.USABLE else None


def new_code() -> str:
    """Return a code such as ABCDE-FGHJK."""
    parts = ("".join(secrets.choice(ALPHABET) for _letter in range(PART)) for _part in range(PARTS))
    return "-".join(parts)


def _secret(username: str, typed: str) -> str:
    """Return what is hashed: the user name and the code, without its hyphens, spaces and small letters."""
    return f"code\0{username}\0" + "".join(letter for letter in typed.upper() if letter.isalnum())
