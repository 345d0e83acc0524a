"""Finds the lines of a file that name the same person: repeated ones, and those that contradict each other. Pure."""

from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _

from courses.rules.roster_lines import LinePerson
from kernel.text.plain_words import looks_like


class Repetitions(NamedTuple):
    """Sentences by line number: why a line contradicts another one, and which line says the same before it."""

    contradictions: dict[int, str]
    repeated: dict[int, str]


def find_repetitions(people: Iterable[LinePerson], account_of: Callable[[LinePerson], int | None]) -> Repetitions:
    """Compare the lines that name one person: by user name, by e-mail address, or by the account that both mean.

    A person without any of these is known by their name alone, and may be in the file once. Lines with a problem are
    left out.
    """
    first_lines: dict[Hashable, LinePerson] = {}
    contradictions: dict[int, str] = {}
    repeated: dict[int, str] = {}
    for person in people:
        if person.problem:
            continue
        keys = _keys(person, account_of(person))
        others = {first_lines[key].number: first_lines[key] for key in keys if key in first_lines}
        for other in others.values():
            reason = _contradiction(person, other)
            if reason:
                contradictions.setdefault(person.number, reason % {"line": other.number})
                contradictions.setdefault(other.number, reason % {"line": person.number})
            else:
                repeated[person.number] = _("Line %(line)s says the same.") % {"line": other.number}
        for key in keys:
            first_lines.setdefault(key, person)
    return Repetitions(contradictions, repeated)


def _keys(person: LinePerson, account: int | None) -> list[Hashable]:
    keys: list[Hashable] = [("account", account)] if account else []
    if person.username:
        keys.append(("username", person.username.lower()))
    if person.email:
        keys.append(("email", person.email.lower()))
    if not person.username and not person.email:
        keys.append(("name", person.name_key))
    return keys


def _contradiction(person: LinePerson, other: LinePerson) -> str:
    """Return a sentence with a gap for the number of the other line; "" when both say the same."""
    if not person.username and not person.email and not other.username and not other.email:
        return _("Line %(line)s has the same name. Give both a user name or an e-mail address.")
    if person.display_name and other.display_name and person.name_key != other.name_key:
        return _("Line %(line)s gives the same person another name.")
    if _differ(person.username, other.username):
        return _("Line %(line)s gives the same person another user name.")
    if _differ(person.email, other.email):
        return _("Line %(line)s gives the same person another e-mail address.")
    if looks_like(person.group) != looks_like(other.group):
        return _("Line %(line)s puts the same person into another group.")
    if looks_like(person.team) != looks_like(other.team):
        return _("Line %(line)s puts the same person into another team.")
    return ""


def _differ(text: str, other: str) -> bool:
    return bool(text and other) and text.lower() != other.lower()
