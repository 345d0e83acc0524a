"""A piece of HTML that is rendered once and filled in many times.

A page with hundreds of bars or thousands of cells spends its time in Django's template engine, which walks through the
nodes of a template for each of them. A `Fragment` walks through its template once for each language and each choice,
and keeps the text with named gaps. Filling the gaps costs far less than rendering.

    BAR = Fragment("farm/fragments/bar.html", "href", "label", "pieces")
    bar = BAR.prepared(is_mine=True)               # a choice: the template asks `{% if is_mine %}`
    html = bar(href="/farm/bookings/3/", label="A. Moreau", pieces=inner_html)

The template is an ordinary one. It writes a gap as `{{ href }}`, and may use translations and icons. It cannot
ask for or change the value of a gap: the caller does what `{% if label %}` and `{{ label|upper }}` would do.

Call `prepared` for every piece: it only looks up a key. Each piece is filled on its own, also inside another one, so
use one fragment with choices for whatever a page repeats most.
"""

import html
import re
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override

# Characters for private use, which no template has and no escaping changes, stand around the name of a gap.
OPENING, CLOSING = "\ue000", "\ue001"
GAP = re.compile(f"{OPENING}([a-z_]+){CLOSING}")

# The white space of HTML. A no-break space, such as French has before a colon, does not belong to it and stays.
WHITE_SPACE = re.compile(r"[ \t\r\n\f]+")

Fill = Callable[..., SafeString]
Choices = tuple[tuple[str, Hashable], ...]


class Fragment:
    """A template with gaps. `gaps` are their names."""

    def __init__(self, template: str, *gaps: str) -> None:
        self.template = template
        self.gaps = {name: f"{OPENING}{name}{CLOSING}" for name in gaps}
        # A fragment without words is the same in every language. Then the active language is not looked up: that costs
        # more than filling.
        self._in_every_language: dict[Choices, Fill | None] = {}  # None: the languages differ
        self._in_language: dict[tuple[str | None, Choices], Fill] = {}

    def prepared(self, **choices: Hashable) -> Fill:
        """Return a function that takes the values of the gaps by name and returns the HTML.

        Values that are not marked as safe are escaped. The function raises KeyError where a value of a gap is missing.
        It belongs to the active language: do not keep it longer than a request.
        """
        key = tuple(choices.items())
        fill = self._in_every_language.get(key) or self._in_language.get((get_language(), key))
        return fill or self._prepare(key)

    def _prepare(self, key: Choices) -> Fill:
        values = {**self.gaps, **dict(key)}
        text = self._text(values)
        fill = _filling(text)
        if settings.DEBUG:  # a developer wants to see the changed template
            return fill
        self._in_language[get_language(), key] = fill
        if key not in self._in_every_language:
            texts = set()
            for language, _name in settings.LANGUAGES:
                with override(language):
                    texts.add(self._text(values))
            self._in_every_language[key] = fill if texts == {text} else None
        return fill

    def keep_gaps(self, *gaps: str) -> dict[str, SafeString]:
        """Return values that keep these gaps for `fill_gaps`: `cell(task=3, **CELL.keep_gaps("name"))`."""
        return {name: SafeString(self.gaps[name]) for name in gaps}  # nosec B703 - our own marks

    def _text(self, values: dict[str, Hashable]) -> str:
        return WHITE_SPACE.sub(" ", render_to_string(self.template, values)).strip(" ")


def join(pieces: Iterable[SafeString]) -> SafeString:
    """Return the pieces of HTML one after the other."""
    return SafeString("".join(pieces))  # nosec B703 - each piece is safe


def fill_gaps(pieces: SafeString, **values: Any) -> SafeString:
    """Fill the gaps that `keep_gaps` kept, once for all pieces of a joined text, such as the cells of a row."""
    text = str(pieces)
    for name, value in values.items():
        text = text.replace(f"{OPENING}{name}{CLOSING}", conditional_escape(value))
    return SafeString(text)  # nosec B703 - each value is escaped


def _filling(text: str) -> Fill:
    """Return the function that puts values into the gaps of this text."""
    # re.split returns text, name, text, name, …, text.
    pieces = GAP.split(text)
    pattern = "".join(f"%({piece})s" if index % 2 else piece.replace("%", "%%") for index, piece in enumerate(pieces))

    def fill(**values: Any) -> SafeString:
        for name, value in values.items():
            # Plain texts, safe texts and whole numbers are the usual values.
            kind = type(value)
            if kind is str:
                # The characters that html.escape changes. Few values have one; five searches are faster than a pattern.
                if "&" in value or "<" in value or ">" in value or '"' in value or "'" in value:
                    values[name] = html.escape(value)
            elif kind is not SafeString and kind is not int:
                values[name] = conditional_escape(value)
        return SafeString(pattern % values)  # nosec B703 - every value is safe now

    return fill
