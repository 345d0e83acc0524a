"""Turns Markdown that people write into HTML that is safe to show: CommonMark (https://commonmark.org) with tables.

HTML in the text is shown as text. Text beyond the limits below is shown as it is written. Pictures become links. Links
may only lead to the web, to mail or to an address of this site.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

LINK_RELATION = "nofollow noopener noreferrer"
ALLOWED_LINK = re.compile(r"(?:https?:|mailto:|[^:]*(?:[/?#]|$))", re.IGNORECASE)  # the web, mail, this site
# Rendered at most; the rest of the text follows as it is written. A line costs up to half a millisecond.
MAX_LINES, MAX_CHARACTERS = 2_000, 50_000
TOP_HEADING = 3  # level of the highest heading: the page and the section around the text have their own headings


@lru_cache(64)
def _render(text: str, language: str) -> str:
    beginning, rest = _split(text)
    tokens = MARKDOWN.parse(beginning)
    _lower_headings(tokens)
    html = str(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}))
    return f'{html}<pre tabindex="0">{escape(rest)}</pre>\n' if rest else html


def _split(text: str) -> tuple[str, str]:
    """Return what is rendered of a text, and what follows it as it is written."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # the parser does so, too
    beginning = "\n".join(text[:MAX_CHARACTERS].split("\n", MAX_LINES)[:MAX_LINES])
    return beginning, text[len(beginning) :]


def render(text: str, language: str = "") -> SafeString:
    """Return the HTML of any text; raises nothing. `language` is the language of our own labels in it."""
    return SafeString(_render(text, language))  # nosec B703 - the renderer escapes everything and passes no HTML on


def _lower_headings(tokens: Sequence[Token]) -> None:
    """Put all headings below those of the page, without a gap between levels, for screen readers."""
    last = TOP_HEADING - 1
    for token in tokens:
        if token.type == "heading_open":
            last = min(int(token.tag[1]) + TOP_HEADING - 1, last + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{last}"


def _link(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("rel", LINK_RELATION)
    env["inside_link"] = True
    return self.renderToken(tokens, index, options, env)


def _link_end(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    env["inside_link"] = False
    return self.renderToken(tokens, index, options, env)


def _picture(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Write a link to the picture. Inside a link write only its name, because links cannot be nested."""
    token = tokens[index]
    name = self.renderInlineAsText(token.children, options, env)
    if env.get("inside_link"):
        return escape(name)
    address = str(token.attrGet("src") or "")
    return format_html('<a href="{}" rel="{}">{}</a>', address, LINK_RELATION, name or address)


def _table(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    opening = '<div class="at-over" tabindex="0" role="region" aria-label="{}"><table class="at-table at-tight">'
    return format_html(opening, _("Table"))


def _table_end(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return "</table></div>\n"


def _code(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Put code into a box of its own that scrolls sideways, also by keyboard."""
    return f'<pre tabindex="0"><code>{escape(tokens[index].content)}</code></pre>\n'


def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")
    parser.validateLink = lambda url: bool(ALLOWED_LINK.match(url))  # type: ignore[method-assign]
    tables = {"table_open": _table, "table_close": _table_end}
    rules = {
        "link_open": _link,
        "link_close": _link_end,
        "image": _picture,
        **tables,
        "fence": _code,
        "code_block": _code,
    }
    for name, rule in rules.items():
        parser.add_render_rule(name, rule)
    return parser


MARKDOWN = _markdown()
