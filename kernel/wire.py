"""Reads the JSON bodies of both wires within limits, and their fields as leniently as the original programs did."""

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from kernel.errors import Malformed
from kernel.ids import EXACT_FLOATS, id_as_text

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?")
NUMBER_CHARACTERS = 40
STORED_DEPTH = 30  # nesting levels: MariaDB's JSON allows 32; a message of the contract needs seven


class TooLarge(Malformed):
    """The body exceeds its limit."""

    status = 413


def check_size(request: HttpRequest) -> bytes:
    """Return the raw body, which the request keeps for later reads. Raises TooLarge above WIRE_BODY_LIMIT."""
    return _within(settings.WIRE_BODY_LIMIT, request, lambda: request.body)


def read_object(request: HttpRequest, limit: int | None = None) -> dict[str, Any]:
    """Return the JSON object in the body, without its null values (null = absent). UTF-8, any content type.

    A `limit` in bytes replaces WIRE_BODY_LIMIT. The body may then be larger than Django keeps in memory, and can be
    read only once. Use it only for callers that are known to be programs. Raises TooLarge and Malformed.
    """
    if limit is None:
        return parse_object(check_size(request))
    return parse_object(_within(limit, request, lambda: request.read(limit + 1)))


def _within(limit: int, request: HttpRequest, read: Callable[[], bytes]) -> bytes:
    """Call `read` and check the size. A body whose Content-Length is too large is not read at all."""
    length = request.headers.get("Content-Length", "")
    if not (length.isdigit() and int(length) > limit):
        raw = read()
        if len(raw) <= limit:
            return raw
    raise TooLarge("too_large", _("The body is larger than %(limit)s bytes.") % {"limit": limit})


def parse_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in these bytes, without its null values. Raises Malformed."""
    try:
        value = DECODER.decode(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Malformed("bad_json", _("The body is not valid JSON in UTF-8.")) from None
    if not isinstance(value, dict):
        raise Malformed("not_an_object", _("The body must be a JSON object."))
    return {key: inner for key, inner in value.items() if inner is not None}


def storable(value: dict[str, Any]) -> dict[str, Any]:
    """Return the object in a form that a JSON column accepts on every database.

    MariaDB refuses lone surrogates there, so each becomes a question mark. Raises Malformed when the object is nested
    deeper than STORED_DEPTH.
    """
    level: list[Any] = [value]
    for _depth in range(STORED_DEPTH):
        contents = (node.values() if isinstance(node, dict) else node for node in level)
        level = [item for items in contents for item in items if isinstance(item, dict | list)]
    if level:
        raise Malformed("bad_json", _("The body is nested too deeply."))
    clean: dict[str, Any] = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return clean


def _no_constant(word: str) -> Any:
    raise ValueError(word)  # NaN and Infinity are not JSON


def _finite(digits: str) -> float:
    """Refuse numbers such as 1e999: valid JSON, but Python reads infinity, which no JSON column stores."""
    if math.isinf(number := float(digits)):
        raise ValueError(digits)
    return number


DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)


def read_text(data: dict[str, Any], field: str, default: str | None = None, *, limit: int = 1000) -> str:
    """Return a string field of at most `limit` characters. Without a default it is required. Raises Malformed."""
    value = data.get(field, default)
    if value is None:
        raise Malformed("missing", _("%(field)s is missing.") % {"field": field}, field=field)
    if not isinstance(value, str) or len(value) > limit or "\0" in value:
        raise Malformed(
            "bad_text",
            _("%(field)s must be a text of at most %(limit)s characters.") % {"field": field, "limit": limit},
            field=field,
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Malformed("bad_text", _("%(field)s is not valid Unicode.") % {"field": field}, field=field) from None
    return value


def read_id_text(data: dict[str, Any], field: str) -> str:
    """Return a required field that holds an id or ids, as text. Raises Malformed.

    A whole number becomes the text of its digits.
    """
    return read_text({field: id_as_text(data.get(field))}, field)


def read_integer(data: dict[str, Any], field: str, default: int | None = None) -> int:
    """Return a whole number, also given as text ("1615215942", "1.615215942E9"). Without a default it is required.

    Raises Malformed, also for booleans and fractions.
    """
    value = data.get(field, default)
    if value is None:
        raise Malformed("missing", _("%(field)s is missing.") % {"field": field}, field=field)
    if isinstance(value, str):
        value = _whole_number(value.strip())
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_FLOATS:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise Malformed("bad_number", _("%(field)s must be a whole number.") % {"field": field}, field=field)
    return value


def _whole_number(text: str) -> int | None:
    """Return the whole number in a text, or None.

    Java writes floats with a point or an exponent.
    """
    if len(text) > NUMBER_CHARACTERS or not NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    if abs(number) >= 2**63 or number != number.to_integral_value():
        return None
    return int(number)


def read_boolean(data: dict[str, Any], field: str, default: bool) -> bool:
    """Return true or false, also given as text ("True") or as 0 or 1. Raises Malformed."""
    value = data.get(field, default)
    if isinstance(value, str):
        value = {"true": True, "false": False, "1": True, "0": False}.get(value.strip().lower())
    if value in (0, 1) and not isinstance(value, float):
        return bool(value)
    raise Malformed("bad_boolean", _("%(field)s must be true or false.") % {"field": field}, field=field)
