"""Template tags and filters of every page: icons, areas, and times in the person's time zone."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_noop

from kernel.fragments.fragment import Fragment
from kernel.text import dates
from kernel.text.clock_changes import zone_if_repeated

register = template.Library()

AREAS = (("farm", "/farm/", gettext_noop("Farm")), ("courses", "/courses/", gettext_noop("Courses")))
LINKS = Fragment("_areas.html")


@register.simple_tag
@lru_cache(512)
def icon(name: str, extra: str = "") -> SafeString:
    """Draw one icon of static/icons.svg. Screen readers skip it, because a text stands beside it."""
    address = f"{static('icons.svg')}#i-{name}"
    classes = f"at-icon {extra}".strip()
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', classes, address)


@lru_cache(64)
def _fragment(template_name: str, gaps: str) -> Fragment:
    return Fragment(template_name, *gaps.split())


@register.simple_tag(takes_context=True)
def prepared(context: Context, template_name: str, gaps: str = "", **choices: Any) -> SafeString:
    """Include a template that is rendered once for each language and choice (kernel/fragments/fragment.py).

    `gaps` names the values of the page that are filled in: `{% prepared "_theme_menu.html" "here" theme=theme %}`. The
    template knows nothing else of the page. A choice must be one of few values: each is kept.
    """
    fragment = _fragment(template_name, gaps)
    return fragment.prepared(**choices)(**{name: context.get(name, "") for name in fragment.gaps})


@register.filter
def markdown(text: str) -> SafeString:
    """Turn a person's Markdown into safe HTML."""
    from kernel.text import markdown as markdown_html  # on first use, as config/startup.py says

    return markdown_html.render(text, get_language() or "")


def draw_state(frame: str, colour: str, icon_name: str, text: str | Promise, element: str = "span") -> SafeString:
    """Return a state as an icon and a text; `frame` and `colour` are CSS classes, `element` is the HTML element."""
    css_class = f"{frame} {colour}".strip()
    return format_html('<{0} class="{1}">{2}{3}</{0}>', element, css_class, icon(icon_name), text)


@register.filter
def local_time(value: datetime | None) -> str:
    """14:05, in the person's time zone; 02:30 CEST in an hour that a clock change repeats."""
    if not value:
        return ""
    local = timezone.localtime(value)
    return f"{dates.format_time(local)}{zone_if_repeated(local)}"


@register.filter
def local_day(value: datetime | None) -> str:
    """Tue 3 Nov (mar. 3 nov.), in the person's time zone; with the year when it is not the present year."""
    if not value:
        return ""
    local = timezone.localtime(value)
    return dates.format_date(local, "day" if local.year == timezone.localtime().year else "day-year")


@register.filter(expects_localtime=True)
def written(value: date, name: str) -> str:
    """A date in one of the formats of kernel/text/dates.py: 5 November."""
    return dates.format_date(value, name)


@register.simple_tag
def written_today() -> str:
    """Tuesday 1 December (mardi 1er décembre), in the person's time zone."""
    return dates.format_date(timezone.localdate(), "long")


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """A `<time>` element that shows 14:05 today, and Tue 3 Nov 14:05 on another day."""
    if not value:
        return ""
    local, today = timezone.localtime(value), timezone.localdate()
    text = f"{dates.format_time(local)}{zone_if_repeated(local)}"
    if local.date() != today:
        text = f"{dates.format_date(local, 'day' if local.year == today.year else 'day-year')} {text}"
    return format_html('<time class="at-nowrap" datetime="{}">{}</time>', local.isoformat(timespec="seconds"), text)


class AreasNode(template.Node):
    """Draws the links to the two areas. Its content, the page's `area` block, names the current one."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> Any:
        return LINKS.prepared(areas=AREAS, current=self.nodelist.render(context).strip())()


@register.simple_tag
def area_url(name: str) -> str:
    return next(address for area, address, _word in AREAS if area == name)


@register.tag
def areas(parser: Parser, token: Token) -> AreasNode:
    """`{% areas %}{% block area %}{% endblock %}{% endareas %}`: the links to the areas in the top bar."""
    nodelist = parser.parse(("endareas",))
    parser.delete_first_token()
    return AreasNode(nodelist)


@register.filter
def undo(message: Any) -> dict[str, str] | None:
    """The undo button of a toast, or None.

    A message has one when its `extra_tags` are `undo <address> <ticket>`.
    """
    tag, _space, rest = (message.extra_tags or "").partition(" ")
    address, _space, ticket = rest.partition(" ")
    return {"address": address, "ticket": ticket} if tag == "undo" else None
