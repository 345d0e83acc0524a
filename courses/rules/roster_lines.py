"""Reads the lines of a file of people, with the columns that were chosen. Pure."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from courses.models import RosterColumn
from kernel.errors import Malformed
from kernel.ids import clean_id, proposed_id
from kernel.text.folding import fold_for_search
from kernel.text.plain_words import BadWords, looks_like, one_line

NAME_LENGTH, EMAIL_LENGTH, GROUP_LENGTH = 150, 254, 120  # of the columns of the database
USERNAME_LENGTH = 60  # of a proposed user name
NAME_AND_EMAIL = re.compile(r"([^<>]*)<\s*([^<>\s]+)\s*>")
# A spreadsheet is kept from running such text as a formula by a ' before it; exports write one.
ESCAPED = re.compile(r"'+(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])")


class LineProblem(NamedTuple):
    column: str  # a RosterColumn; "" means the whole line
    sentence: str


class LinePerson(NamedTuple):
    """The person of one line. A text is "" when the line does not give it; group and team are titles."""

    number: int
    username: str
    email: str
    first_name: str
    last_name: str
    group: str
    problem: LineProblem | None  # the first one
    team: str = ""

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def name_key(self) -> str:
        """A key that is the same for names that look the same."""
        return name_key(self.first_name, self.last_name)


def name_key(first_name: str, last_name: str) -> str:
    return looks_like(f"{first_name} {last_name}".strip())


def read_people(lines: Sequence[tuple[int, Sequence[str]]], columns: Sequence[str]) -> list[LinePerson]:
    return [_read_line(number, cells, columns) for number, cells in lines]


def proposed_username(person: LinePerson) -> str:
    """Return a user name from the address or the name: lower case, no accents, before it is made unique."""
    source = person.email.partition("@")[0] or person.display_name
    letters = re.sub(r"[^a-z0-9._-]+", ".", fold_for_search(source))
    return re.sub(r"\.{2,}", ".", letters)[:USERNAME_LENGTH].strip("._-") or "student"


def proposed_group_id(title: str) -> str:
    """Return an id for a group with this title: the title itself where it is an id, else `groupe-01`."""
    return proposed_id(title, "group")


def _read_line(number: int, cells: Sequence[str], columns: Sequence[str]) -> LinePerson:
    values = dict.fromkeys(RosterColumn.values, "")
    problem = None
    for column, cell in zip(columns, cells, strict=False):
        if column and cell:
            try:
                values[column] = READERS[column](ESCAPED.sub("", cell))
            except (BadWords, Malformed) as error:
                problem = problem or LineProblem(column, str(error))
    full_name = values[RosterColumn.FULL_NAME]
    with_name = NAME_AND_EMAIL.fullmatch(values[RosterColumn.EMAIL])
    if with_name:
        full_name, values[RosterColumn.EMAIL] = full_name or with_name[1].strip().strip('"'), with_name[2]
    first_name, last_name = values[RosterColumn.FIRST_NAME], values[RosterColumn.LAST_NAME]
    if full_name and not (first_name and last_name):
        first_name, last_name = split_name(full_name)
    username, email = values[RosterColumn.USERNAME], values[RosterColumn.EMAIL]
    if not problem and not (username or email or first_name or last_name):
        problem = LineProblem("", _("This line names nobody."))
    team = values[RosterColumn.TEAM]
    return LinePerson(number, username, email, first_name, last_name, values[RosterColumn.GROUP], problem, team)


def split_name(full_name: str) -> tuple[str, str]:
    """Return first and last name of `Alice Martin`, `Martin, Alice` or `MARTIN Alice`."""
    if "," in full_name:
        last_name, _comma, first_name = full_name.partition(",")
        return first_name.strip(), last_name.strip()
    words = full_name.split()
    capitals = 0
    while capitals < len(words) and len(words[capitals]) > 1 and words[capitals].isupper():
        capitals += 1
    if 0 < capitals < len(words):
        return " ".join(words[capitals:]), " ".join(words[:capitals])
    return " ".join(words[:1]), " ".join(words[1:])


def _read_email(cell: str) -> str:
    text = one_line(cell).removeprefix("mailto:")
    with_name = NAME_AND_EMAIL.fullmatch(text)
    address = with_name[2] if with_name else text
    try:
        validate_email(address)
    except ValidationError:
        address = ""
    if not address or len(address) > EMAIL_LENGTH:
        raise BadWords(_("“%(text)s” is not an e-mail address.") % {"text": text[:60]})
    if with_name and with_name[1].strip():
        _at_most(NAME_LENGTH, one_line(with_name[1], joiners=True))
    return text


def _read_username(cell: str) -> str:
    try:
        return clean_id(one_line(cell), "username")
    except Malformed:
        sentence = _("“%(text)s” is not a user name: letters, digits, dots, hyphens and underscores only.")
        raise BadWords(sentence % {"text": cell.strip()[:60]}) from None


def _read_name(cell: str) -> str:
    return _at_most(NAME_LENGTH, one_line(cell, joiners=True))


def _read_group(cell: str) -> str:
    return _at_most(GROUP_LENGTH, one_line(cell))


def _at_most(length: int, text: str) -> str:
    if len(text) > length:
        raise BadWords(_("This is longer than %(count)s characters.") % {"count": length})
    return text


READERS: dict[str, Callable[[str], str]] = {
    RosterColumn.USERNAME: _read_username,
    RosterColumn.EMAIL: _read_email,
    RosterColumn.FIRST_NAME: _read_name,
    RosterColumn.LAST_NAME: _read_name,
    RosterColumn.FULL_NAME: _read_name,
    RosterColumn.GROUP: _read_group,
    RosterColumn.TEAM: _read_group,
}
