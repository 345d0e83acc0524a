"""Template tags and filters of every page: icons, states, areas, and times in the person's time zone."""

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

# Every state has a CSS class (its colour), an icon and a text: state -> (class, icon, text).
STATES = {
    "done": ("at-done", "done", gettext_noop("Done")),
    "late": ("at-late", "late", gettext_noop("Late")),
    "started": ("at-started", "started", gettext_noop("Started")),
    "overdue": ("at-overdue", "overdue", gettext_noop("Overdue")),
    "extended": ("at-extended", "extended", gettext_noop("Extended")),
    "todo": ("at-idle", "todo", gettext_noop("To do")),
    "blocked": ("at-idle", "blocked", gettext_noop("Blocked")),
    "failing": ("at-failing", "failing", gettext_noop("Failing")),
    "unsynced": ("at-idle at-unsynced", "unsynced", gettext_noop("Unseen")),
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
    """Draw one icon of templates/_icons.svg. Screen readers skip it, because a text stands beside it."""
    classes = f"at-icon {extra}".strip()
    return format_html('<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>', classes, name)


@register.filter
def markdown(text: str) -> SafeString:
    """Turn a person's Markdown into safe HTML."""
    return markdown_html.render(text, get_language() or "")


@register.simple_tag
def state(name: str, word: str = "") -> SafeString:
    """Draw a state inside a text or a row. `word` replaces its usual text ("Repository failing")."""
    return _state("at-state", name, word)


@register.simple_tag
def badge(name: str, word: str = "") -> SafeString:
    """Draw a state beside the title of a page or a card."""
    return _state("at-badge", name, word)


@register.simple_tag
def cell(name: str, word: str = "") -> SafeString:
    """Draw a state in a cell of the matrix."""
    return _state("at-cell", name, word)


def _state(frame: str, name: str, word: str) -> SafeString:
    colour, icon_name, usual_text = STATES[name]
    return format_html('<span class="{} {}">{}{}</span>', frame, colour, icon(icon_name), word or _(usual_text))


@register.filter
def local_time(value: datetime | None) -> str:
    """14:05, in the person's time zone."""
    return date_format(timezone.localtime(value), "TIME_FORMAT") if value else ""


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


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """A `<time>` element that shows 14:05 today, and Tue 3 Nov 14:05 on another day."""
    if not value:
        return ""
    local = timezone.localtime(value)
    text = local_time(local) if local.date() == timezone.localdate() else f"{local_day(local)} {local_time(local)}"
    return format_html('<time class="at-nowrap" datetime="{}">{}</time>', local.isoformat(timespec="seconds"), text)


class AreasNode(template.Node):
    """Draws the links to the two areas. Its content, the page's `area` block, names the current one."""

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
