"""Template tags and filters of the course pages: statuses, durations, sparklines, progress bars."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.rules.statuses import EVERY_STATUS, Status
from kernel.fragments.fragment import Fragment, join
from kernel.templatetags.atelier import draw_state, local_time, moment
from kernel.text import dates

register = template.Library()
BAR, GAP, HEIGHT = 2.2, 3, 18
SPARK = Fragment("courses/fragments/spark.html", "bars")
SYNCED = Fragment("courses/fragments/synced.html", "at")
BY_KEY = {status.key: status for status in EVERY_STATUS}


@register.filter
def ago(then: datetime | None, now: datetime) -> str:
    """How long ago: 28 min, 5 h, 3 d; "never" for None."""
    if then is None:
        return _("never")
    minutes = max(0, int((now - then).total_seconds() // 60))
    if minutes < 1:
        return _("now")
    if minutes < 60:
        return _("%(count)s min") % {"count": minutes}
    if minutes < 48 * 60:
        return _("%(count)s h") % {"count": minutes // 60}
    return _("%(count)s d") % {"count": minutes // (24 * 60)}


@register.filter
def short_day(value: datetime) -> str:
    """29 Nov, in the person's time zone; with the year when it is not the present year."""
    local = timezone.localtime(value)
    return dates.format_date(local, "short" if local.year == timezone.localtime().year else "short-year")


@register.filter
def short_moment(value: datetime) -> str:
    """29 Nov 23:59: the day as `short_day`, and the hour, for deadlines in narrow places."""
    return f"{short_day(value)} {local_time(value)}"


@register.filter
def until(then: datetime, now: datetime) -> str:
    """How long until a deadline: in 5 d, in 3 h."""
    hours = max(0, int((then - now).total_seconds() // 3600))
    if hours >= 24:
        return ngettext("in %(count)s d", "in %(count)s d", hours // 24) % {"count": hours // 24}
    return _("in %(count)s h") % {"count": hours} if hours else _("within the hour")


@register.filter
def span(length: timedelta | None) -> str:
    """The two largest parts of a duration, without its sign: 8 d 14 h, 14 h, 20 min."""
    if length is None:
        return ""
    minutes = int(abs(length).total_seconds() // 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        parts = [_("%(count)s d") % {"count": days}] + ([_("%(count)s h") % {"count": hours}] if hours else [])
        return " ".join(parts)
    return _("%(count)s h") % {"count": hours} if hours else _("%(count)s min") % {"count": minutes}


@register.filter
def since(then: datetime, now: datetime) -> str:
    """How long ago, in the form of `span`."""
    return span(now - then)


@register.filter
def lookup(mapping: dict[str, Any] | str, key: str) -> Any:
    """The value of a dictionary at a key; None without such a key, or where the page has no dictionary."""
    return mapping.get(key) if isinstance(mapping, dict) else None


@register.simple_tag
def status(
    value: Status | str,
    text: str = "",
    *,
    short: bool = False,
    icon_only: bool = False,
    coloured: object = True,
    overdue_by: timedelta | None = None,
    element: str = "span",
) -> SafeString:
    """Draw a status of the table in courses/rules/statuses.py: its colour, its icon and its text.

    `value` is the status or its key. Its text is `text`, or its word with `short`, or else its label, followed by the
    time that a task is overdue. With `icon_only` only screen readers get the text. A false `coloured` leaves the colour
    out. `element` is the HTML element around it.
    """
    row = BY_KEY[value] if isinstance(value, str) else value
    words = text or (row.word if short else row.label)
    if overdue_by is not None:
        words = format_html("{} {}", words, span(overdue_by))
    if icon_only:
        words = format_html('<span class="visually-hidden">{}</span>', words)
    return draw_state("at-state", row.css if coloured else "", row.icon, words, element)


@register.simple_tag
def spark(counts: Sequence[int]) -> SafeString:
    """Draw one bar for each day. The tallest fills the height, if it stands for 4 or more."""
    top = max([*counts, 4])
    return SPARK.prepared(width=len(counts) * GAP)(bars=join(_bar(day, count, top) for day, count in enumerate(counts)))


@lru_cache(2048)
def _bar(day: int, count: int, top: int) -> SafeString:
    """Draw one bar. Cached: the matrix draws 14 days of a hundred students, and most days are alike."""
    height = round(1.5 + (HEIGHT - 1.5) * count / top, 2)
    css = SafeString(' class="z"') if not count else ""
    bar = f'<rect{{}} x="{{}}" y="{{}}" width="{BAR}" height="{{}}"/>'
    return format_html(bar, css, day * GAP, round(HEIGHT - height, 2), height)


@register.simple_tag
def synced(at: datetime | None) -> SafeString:
    """Draw when the repositories were last read; nothing for None."""
    return SYNCED.prepared()(at=moment(at)) if at else SafeString()


@register.simple_tag
def progress(bars: Sequence[tuple[str, float, float]], label: str, css: str = "") -> SafeString:
    """Draw a progress bar from (CSS class, x, width) in per cent. `label` is its accessible name."""
    frame = f"at-progress {css}".strip()
    return format_html('<svg class="{}" role="img" aria-label="{}">{}</svg>', frame, label, progress_parts(bars))


def progress_parts(bars: Sequence[tuple[str, float, float]]) -> SafeString:
    """Draw the parts of a progress bar, each from (CSS class, x, width) in per cent."""
    return format_html_join("", '<rect class="{}" x="{}%" width="{}%" height="100%"/>', bars)
