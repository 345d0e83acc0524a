"""What every page draws with: icons, states, areas, and times in the person's zone."""

from datetime import date, datetime
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from kernel.text import dates
from kernel.text import markdown as markdown_html

register = template.Library()

# A state is always icon + word + colour: state -> (class, icon, word).
STATES = {
    "pending": ("at-late", "pending", gettext_noop("Pending")),
    "confirmed": ("at-done", "confirmed", gettext_noop("Confirmed")),
    "active": ("at-yours", "active", gettext_noop("Running")),
    "finished": ("at-idle", "finished", gettext_noop("Finished")),
    "cancelled": ("at-idle", "cancelled", gettext_noop("Cancelled")),
    "rejected": ("at-failing", "rejected", gettext_noop("Refused")),
    "released": ("at-idle", "released", gettext_noop("Given back")),
    "closed": ("at-idle", "closed", gettext_noop("Closed")),
    "waitlist": ("at-started", "waitlist", gettext_noop("Waiting list")),
}
AREAS = (("farm", "/farm/", gettext_noop("Farm")), ("courses", "/courses/", gettext_noop("Courses")))


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """One icon of templates/_icons.svg. It says nothing to a screen reader: a word stands beside it."""
    classes = f"at-icon {extra}".strip()
    return format_html('<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>', classes, name)


@register.filter
def markdown(text: str) -> SafeString:
    """What somebody wrote in Markdown."""
    return markdown_html.render(text, get_language() or "")


@register.simple_tag
def state(name: str, word: str = "") -> SafeString:
    """A state inside a text or a row; `word` says it in full where there is room ("Repository failing")."""
    return _state("at-state", name, word)


@register.simple_tag
def badge(name: str, word: str = "") -> SafeString:
    """A state of a page or of a card's title."""
    return _state("at-badge", name, word)


def _state(frame: str, name: str, word: str) -> SafeString:
    colour, drawing, usual = STATES[name]
    return format_html('<span class="{} {}">{}{}</span>', frame, colour, icon(drawing), word or _(usual))


@register.filter
def local_time(value: datetime | None) -> str:
    """14:05, in the person's zone."""
    return date_format(timezone.localtime(value), "TIME_FORMAT") if value else ""


@register.filter
def local_day(value: datetime | None) -> str:
    """Tue 3 Nov (mar. 3 nov.), in the person's zone; with the year where it is not this one."""
    if not value:
        return ""
    here = timezone.localtime(value)
    return dates.write(here, "day" if here.year == timezone.localtime().year else "day-year")


@register.filter(expects_localtime=True)
def written(value: date, name: str) -> str:
    """A date in one of the formats of kernel/dates.py: 5 November."""
    return dates.write(value, name)


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """A `<time>` that says 14:05 today, and Tue 3 Nov 14:05 on another day."""
    if not value:
        return ""
    here = timezone.localtime(value)
    words = local_time(here) if here.date() == timezone.localdate() else f"{local_day(here)} {local_time(here)}"
    return format_html('<time class="at-nowrap" datetime="{}">{}</time>', here.isoformat(timespec="seconds"), words)


class AreasNode(template.Node):
    """The two areas; the one named inside (by the page's `area` block) is the current one."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> Any:
        current = self.nodelist.render(context).strip()
        links = format_html_join(
            "",
            '<a href="{}"{}>{}{}</a>',
            (
                (address, SafeString(' aria-current="true"') if name == current else "", icon(name), _(word))
                for name, address, word in AREAS
            ),
        )
        return format_html('<nav class="at-areas" aria-label="{}">{}</nav>', _("Areas"), links)


@register.simple_tag
def area_url(name: str) -> str:
    return next(address for area, address, _word in AREAS if area == name)


@register.tag
def areas(parser: Parser, token: Token) -> AreasNode:
    """`{% areas %}{% block area %}{% endblock %}{% endareas %}`: the links of the bar."""
    nodelist = parser.parse(("endareas",))
    parser.delete_first_token()
    return AreasNode(nodelist)


@register.filter
def undo(message: Any) -> dict[str, str] | None:
    """How to take back what a toast tells: a message whose `extra_tags` are `undo <address> <ticket>`; else None."""
    word, _space, rest = (message.extra_tags or "").partition(" ")
    address, _space, ticket = rest.partition(" ")
    return {"address": address, "ticket": ticket} if word == "undo" else None
