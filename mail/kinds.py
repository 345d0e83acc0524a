"""The kinds of mails. Each app registers its own kinds in its AppConfig.ready."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mail.readers import Reader

# The sections of the choices on the account page, in their order.
SECTIONS: dict[str, str | Promise] = {
    "courses": _("My courses"),
    "bookings": _("My bookings"),
    "account": _("My account"),
}
DEFAULTS = ("at-once", "daily", "never")


def everybody(reader: Reader) -> bool:
    return True


@dataclass(frozen=True)
class Kind:
    """A kind of mail.

    name: `app.event`, such as "courses.extension"; at most 60 characters. It is stored, so it stays.
    title: the lazily translated words on the account page.
    section: a key of SECTIONS.
    default: "at-once", "daily" or "never", until the person chooses.
    is_fixed: nobody can choose; it is always sent at once.
    has_daily: whether it makes sense in the daily mail. A notice about the next minutes does not.
    is_for: whether a person is offered the choice. It may ask no query of its own for each kind.
    """

    name: str
    title: str | Promise
    section: str
    default: str = "at-once"
    is_fixed: bool = False
    has_daily: bool = True
    is_for: Callable[[Reader], bool] = everybody


REGISTERED: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Add kinds. Raises ValueError for an unknown section or default."""
    for kind in kinds:
        if kind.section not in SECTIONS or kind.default not in DEFAULTS:
            raise ValueError(f"{kind.name}: section is one of {list(SECTIONS)}, default one of {DEFAULTS}")
        REGISTERED[kind.name] = kind


def get(name: str) -> Kind:
    """Return the kind with this name. Raises KeyError when no app has registered it."""
    return REGISTERED[name]


def all_kinds() -> list[Kind]:
    """Return all kinds by section, in the order in which they were registered."""
    order = list(SECTIONS)
    return sorted(REGISTERED.values(), key=lambda kind: order.index(kind.section))


def title_of(name: str) -> str:
    """Return the title of a kind; its name when no app registers it any more."""
    return str(REGISTERED[name].title) if name in REGISTERED else name
