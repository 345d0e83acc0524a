"""Reads a few texts of a hook's JSON, from a small body in memory or from a large one as a stream.

A field is a dotted path; `item` stands for each element of a list, as in `push.changes.item.new.name`.
"""

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import IO, Any, TypeAlias

import ijson
from django.utils.translation import gettext as _

from gitsync.webhooks.bodies import HookBody
from kernel.errors import Malformed
from kernel.wire import parse_object

Fields = dict[str, list[str]]
Tree: TypeAlias = "str | dict[str, Tree]"
CHARACTERS = 1000  # a longer text is left out
TEXTS = 20  # of each field
DEPTH = 100  # nesting levels of a large body
BUFFER = 2**20  # the work for a token of many megabytes is quadratic in the number of buffers
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_fields(body: HookBody, wanted: Collection[str]) -> Fields:
    """Return the clean texts of these fields, in their order. Raises Malformed unless the body is a JSON object."""
    if not body.is_large:
        body.json.seek(0)
        return fields_of(parse_object(body.json.read()), wanted)
    try:
        return _collected(_events(body.json), wanted)
    except (ijson.JSONError, ValueError, OverflowError):
        raise Malformed("bad_json", _("The body is not valid JSON in UTF-8.")) from None


def fields_of(body: dict[str, Any], wanted: Collection[str]) -> Fields:
    """Return the clean texts of these fields of an object in memory."""
    found: Fields = {}
    _collect(body, _tree(frozenset(wanted)), found)
    return found


@lru_cache(8)
def _tree(wanted: frozenset[str]) -> Tree:
    """Return the fields as a tree: {"ref": "ref", "push": {"changes": {"item": …}}}. No field is a part of another."""
    tree: dict[str, Any] = {}
    for field in wanted:
        *above, name = field.split(".")
        place = tree
        for part in above:
            place = place.setdefault(part, {})
        place[name] = field
    return tree


def _collect(value: Any, wanted: Tree, found: Fields) -> None:
    """Add the texts of the wanted fields in this value to those that were found."""
    if isinstance(wanted, str):
        _add(found, wanted, value)
    elif "item" in wanted:
        for element in value if isinstance(value, list) else ():
            _collect(element, wanted["item"], found)
    elif isinstance(value, dict):
        for name in wanted.keys() & value.keys():
            _collect(value[name], wanted[name], found)


def _add(found: Fields, field: str, value: Any) -> None:
    # A lone surrogate is not printable either.
    if isinstance(value, str) and value and len(value) <= CHARACTERS and value.isprintable():
        texts = found.setdefault(field, [])
        if len(texts) < TEXTS:
            texts.append(value)


def _events(file: IO[bytes]) -> Iterable[tuple[str, Any]]:
    file.seek(len(BYTE_ORDER_MARK) if _starts_with_mark(file) else 0)
    return ijson.basic_parse(file, buf_size=BUFFER, use_float=True)  # type: ignore[no-any-return]


def _starts_with_mark(file: IO[bytes]) -> bool:
    file.seek(0)
    return file.read(len(BYTE_ORDER_MARK)) == BYTE_ORDER_MARK


def _collected(events: Iterable[tuple[str, Any]], wanted: Collection[str]) -> Fields:
    """Follow the path of keys through the parser's events, and keep the wanted texts.

    Longer paths than the longest wanted one are not compared. Raises Malformed for a body that is no JSON object, or is
    nested too deeply.
    """
    found: Fields = {}
    deepest = max(field.count(".") + 1 for field in wanted)
    path: list[str] = []  # the names of the containers and of the present key
    is_first = True
    for event, value in events:
        if is_first and event != "start_map":
            raise Malformed("not_an_object", _("The body must be a JSON object."))
        is_first = False
        if event == "map_key":
            path[-1] = value
        elif event in ("start_map", "start_array"):
            path.append("item" if event == "start_array" else "")
            if len(path) > DEPTH:
                raise Malformed("bad_json", _("The body is nested too deeply."))
        elif event in ("end_map", "end_array"):
            path.pop()
        elif event == "string" and len(path) <= deepest and (field := ".".join(path)) in wanted:
            _add(found, field, value)
    return found
