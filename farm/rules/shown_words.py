"""The words of projects, bookings and closures that others read: the same rule as for machines."""

from collections.abc import Iterator
from contextlib import contextmanager

from kernel.errors import Malformed
from kernel.text.plain_words import BadWords, one_line, one_sentence


def clean_name(name: str, field: str = "name") -> str:
    """Return a name in its one form. Raises Malformed `invalid` for characters that nobody sees."""
    with as_malformed(field):
        return one_line(name)


def clean_sentence(text: str, field: str) -> str:
    """Return a purpose or a reason in its one form. Raises Malformed `invalid` for characters that nobody sees."""
    with as_malformed(field):
        return one_sentence(text)


@contextmanager
def as_malformed(field: str) -> Iterator[None]:
    """Refuse bad words as Malformed `invalid`, with the field at fault."""
    try:
        yield
    except BadWords as error:
        raise Malformed("invalid", str(error), field=field) from None
