"""What the pages of courses draw with: short ages, sparklines, progress bars."""

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

from kernel.text import dates

register = template.Library()
BAR, GAP, HEIGHT = 2.2, 3, 18


@register.filter
def ago(then: datetime | None, now: datetime) -> str:
    """28 min, 5 h, 3 d; "never" for None."""
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
    """29 Nov, in the person's zone; with the year where it is not this one."""
    here = timezone.localtime(value)
    return dates.format_date(here, "short" if here.year == timezone.localtime().year else "short-year")


@register.filter
def until(then: datetime, now: datetime) -> str:
    """in 5 d, in 3 h; for a deadline that is coming."""
    hours = max(0, int((then - now).total_seconds() // 3600))
    if hours >= 24:
        return ngettext("in %(count)s d", "in %(count)s d", hours // 24) % {"count": hours // 24}
    return _("in %(count)s h") % {"count": hours} if hours else _("within the hour")


@register.filter
def span(length: timedelta | None) -> str:
    """8 d 14 h, 14 h, 20 min: the two largest parts of a duration, whichever way it points."""
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
    """How long ago, as `span`."""
    return span(now - then)


@register.filter
def lookup(found: dict[str, Any] | str, key: str) -> Any:
    """What a table holds at a key; None where it holds nothing there, or the page has no table."""
    return found.get(key) if isinstance(found, dict) else None


@register.simple_tag
def spark(counts: Sequence[int]) -> SafeString:
    """One bar a day; the tallest fills the height."""
    top = max([*counts, 4])
    rects = format_html_join("", "{}", ((_bar(day, count, top),) for day, count in enumerate(counts)))
    width = len(counts) * GAP
    return format_html('<svg class="at-spark" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>', width, HEIGHT, rects)


@lru_cache(2048)
def _bar(day: int, count: int, top: int) -> SafeString:
    """A hundred students' fortnights are drawn at once, and most of their days look alike."""
    height = round(1.5 + (HEIGHT - 1.5) * count / top, 2)
    css = SafeString(' class="z"') if not count else ""
    bar = f'<rect{{}} x="{{}}" y="{{}}" width="{BAR}" height="{{}}"/>'
    return format_html(bar, css, day * GAP, round(HEIGHT - height, 2), height)


@register.simple_tag
def progress(bars: Sequence[tuple[str, float, float]], label: str, css: str = "") -> SafeString:
    """A bar of (class, x, width) in per cent; the numbers stand beside it, and in its name."""
    rects = format_html_join("", '<rect class="{}" x="{}%" width="{}%" height="100%"/>', bars)
    frame = f"at-progress {css}".strip()
    return format_html('<svg class="{}" role="img" aria-label="{}">{}</svg>', frame, label, rects)
