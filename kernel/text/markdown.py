"""Markdown that people write, as HTML that is safe to show to others: CommonMark (https://commonmark.org) with tables.

HTML in it is shown as text, pictures are left as links, and links lead to the web,
to mail or to a place of this site alone.
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

RELATION = "nofollow noopener noreferrer"  # of a link
LEADS = re.compile(r"(?:https?:|mailto:|[^:]*(?:[/?#]|$))", re.IGNORECASE)  # the web, mail, this site
TOP = 3  # the level of the highest heading: what is shown has a title of its own on the page


@lru_cache(64)
def _render(text: str, language: str) -> str:
    tokens = MARKDOWN.parse(text)
    _lower_headings(tokens)
    return str(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}))


def render(text: str, language: str = "") -> SafeString:
    """The HTML of a text; `language` is that of the words around it. Any text has one: nothing is raised."""
    return SafeString(_render(text, language))  # nosec B703 - the renderer escapes, and knows no HTML


def _lower_headings(tokens: Sequence[Token]) -> None:
    """Headings begin below the page's own, and none skips a level: a screen reader goes by them."""
    last = TOP - 1
    for token in tokens:
        if token.type == "heading_open":
            last = min(int(token.tag[1]) + TOP - 1, last + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{last}"


def _link(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("rel", RELATION)
    return self.renderToken(tokens, index, options, env)


def _picture(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """A link to it; within a link its name alone, for a link holds no other."""
    token = tokens[index]
    name = self.renderInlineAsText(token.children, options, env)
    before = [one.type for one in tokens[:index]]
    if before.count("link_open") > before.count("link_close"):
        return escape(name)
    address = str(token.attrGet("src") or "")
    return format_html('<a href="{}" rel="{}">{}</a>', address, RELATION, name or address)


def _table(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    opened = '<div class="at-over" tabindex="0" role="region" aria-label="{}"><table class="at-table at-tight">'
    return format_html(opened, _("Table"))


def _table_end(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return "</table></div>\n"


def _code(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Wide code scrolls in its own box, by keyboard too."""
    return f'<pre tabindex="0"><code>{escape(tokens[index].content)}</code></pre>\n'


def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")
    made.validateLink = lambda url: bool(LEADS.match(url))  # type: ignore[method-assign]
    tables = {"table_open": _table, "table_close": _table_end}
    rules = {"link_open": _link, "image": _picture, **tables, "fence": _code, "code_block": _code}
    for name, rule in rules.items():
        made.add_render_rule(name, rule)
    return made


MARKDOWN = _markdown()
