"""A piece of HTML that is rendered once and filled in many times.

A page with hundreds of bars or thousands of cells spends its time in Django's template engine, which walks through the
nodes of a template for each of them. A `Fragment` walks through its template once for each language and each choice,
and keeps the text with named gaps. Filling the gaps costs less than a tenth of a rendering.

    BAR = Fragment("farm/fragments/bar.html", "href", "label", "pieces")
    bar = BAR.prepared(is_mine=True)               # a choice: the template asks `{% if is_mine %}`
    html = bar(href="/farm/bookings/3/", label="A. Moreau", pieces=inner_html)

The template is an ordinary one. It writes a gap as `{{ href }}`, and may use translations and icons. What it cannot do
is ask for or change the value of a gap: `{% if label %}` and `{{ label|upper }}` belong to the caller.
"""

import html
import re
from collections.abc import Callable, Hashable, Iterable

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

# Characters for private use, which no template has and no escaping changes, stand around the name of a gap.
OPENING, CLOSING = "\ue000", "\ue001"
GAP = re.compile(f"{OPENING}([a-z_]+){CLOSING}")

# The white space of HTML. A no-break space, as French has before a colon, is none and stays.
WHITE_SPACE = re.compile(r"[ \t\r\n\f]+")

Fill = Callable[..., SafeString]


class Fragment:
    """A template with gaps. `gaps` are their names."""

    def __init__(self, template: str, *gaps: str) -> None:
        self.template = template
        self.gaps = {name: f"{OPENING}{name}{CLOSING}" for name in gaps}
        self._fills: dict[Hashable, Fill] = {}

    def prepared(self, **choices: Hashable) -> Fill:
        """Return a function that takes the values of the gaps by name and returns the HTML.

        Values that are not marked as safe are escaped. The function raises KeyError where a value of a gap is missing.
        It belongs to the active language: do not keep it longer than a request.
        """
        key = (get_language(), *choices.items())
        fill = self._fills.get(key)
        if fill is None:
            fill = self._prepare(choices)
            if not settings.DEBUG:  # a developer wants to see the changed template
                self._fills[key] = fill
        return fill

    def left_open(self, *gaps: str) -> dict[str, SafeString]:
        """Return values that leave these gaps open for `fill_later`: `cell(task=3, **CELL.left_open("name"))`."""
        return {name: SafeString(self.gaps[name]) for name in gaps}  # nosec B703 - our own marks

    def _prepare(self, choices: dict[str, Hashable]) -> Fill:
        text = WHITE_SPACE.sub(" ", render_to_string(self.template, self.gaps | choices)).strip(" ")
        # re.split returns text, name, text, name, …, text.
        pieces = GAP.split(text)
        pattern = "".join(
            f"%({piece})s" if index % 2 else piece.replace("%", "%%") for index, piece in enumerate(pieces)
        )

        def fill(**values: object) -> SafeString:
            return SafeString(pattern % {name: _escaped(value) for name, value in values.items()})  # nosec B703

        return fill


def join(pieces: Iterable[SafeString]) -> SafeString:
    """Return the pieces of HTML one after the other."""
    return SafeString("".join(pieces))  # nosec B703 - each piece is safe


def fill_later(pieces: SafeString, **values: object) -> SafeString:
    """Fill the gaps that were left open, all at once in pieces that were joined, such as the cells of a row."""
    text = str(pieces)
    for name, value in values.items():
        text = text.replace(f"{OPENING}{name}{CLOSING}", str(_escaped(value)))
    return SafeString(text)  # nosec B703 - each value is escaped


def _escaped(value: object) -> object:
    """Escape a value as a template does. Plain texts and numbers, the usual ones, take the shortest way."""
    kind = type(value)
    if kind is str:
        return html.escape(value)  # type: ignore[arg-type]
    return value if kind is SafeString or kind is int else conditional_escape(value)  # type: ignore[arg-type]
