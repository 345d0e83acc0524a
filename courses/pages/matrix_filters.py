"""What the matrix is asked for in its address, and whom of a judged class that leaves, in which order. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from accounts.models import User
from courses.pages.class_states import Standing
from kernel.text.folding import fold_for_search

SORTS = ("name", "push", "attention")
NEVER, WEEK = "never", "week"
PUSHES = (WEEK, NEVER)
LONG = timedelta(days=7)  # without a push: WEEK


@dataclass(frozen=True)
class Wish:
    """What the page's address asks for; odd values fall back to everything."""

    group: str = ""
    name: str = ""
    state: str = ""
    push: str = ""
    sort: str = "name"
    page: int = 1


class Name(NamedTuple):
    """What is read of a person for a list; the fields are a User's."""

    id: int
    username: str
    first_name: str
    last_name: str


def family_order(person: User | Name) -> tuple[str, str, str]:
    """Where a person stands in a list of names: by family name, then first name, accents and case apart."""
    first_name, last_name = person.first_name, person.last_name
    return fold_for_search(last_name or first_name or person.username), fold_for_search(first_name), person.username


def is_silent(one: Standing) -> bool:
    """Never pushed, and no broken repository says why: that is told, and filtered, as a failing one."""
    return one.pushed is None and not one.failing


def wished(judged: Sequence[Standing], wish: Wish, people: Mapping[int, Name], now: datetime) -> list[Standing]:
    """The students asked for; `people` by enrolment."""
    if wish.name:
        needle = fold_for_search(wish.name)
        judged = [one for one in judged if needle in fold_for_search(f"{one.name} {one.username}")]
    if wish.state:
        judged = [one for one in judged if wish.state in one.states]
    if wish.push == NEVER:
        judged = [one for one in judged if is_silent(one)]
    elif wish.push == WEEK:
        long_ago = (now - LONG).timestamp()
        judged = [one for one in judged if one.pushed is None or one.pushed <= long_ago]
    by_name = sorted(judged, key=lambda one: (family_order(people[one.pk]), one.pk))
    if wish.sort == "attention":
        return sorted(by_name, key=lambda one: -one.attention)
    if wish.sort == "push":
        return sorted(by_name, key=lambda one: float("-inf") if one.pushed is None else one.pushed)
    return by_name
