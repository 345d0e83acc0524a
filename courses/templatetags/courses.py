"""What the pages of courses draw with: short ages, sparklines, progress bars."""

from collections.abc import Sequence
from datetime import datetime

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
def until(then: datetime, now: datetime) -> str:
    """in 5 d, in 3 h; for a deadline that is coming."""
    hours = max(0, int((then - now).total_seconds() // 3600))
    if hours >= 24:
        return ngettext("in %(count)s d", "in %(count)s d", hours // 24) % {"count": hours // 24}
    return _("in %(count)s h") % {"count": hours} if hours else _("within the hour")


@register.simple_tag
def spark(counts: Sequence[int]) -> SafeString:
    """One bar a day; the tallest fills the height."""
    top = max([*counts, 4])
    bars = []
    for day, count in enumerate(counts):
        height = round(1.5 + (HEIGHT - 1.5) * count / top, 2)
        css = SafeString(' class="z"') if not count else ""
        bars.append((css, day * GAP, round(HEIGHT - height, 2), height))
    rects = format_html_join("", f'<rect{{}} x="{{}}" y="{{}}" width="{BAR}" height="{{}}"/>', bars)
    width = len(counts) * GAP
    return format_html('<svg class="at-spark" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>', width, HEIGHT, rects)


@register.simple_tag
def progress(bars: Sequence[tuple[str, float, float]], label: str, css: str = "") -> SafeString:
    """A bar of (class, x, width) in per cent; the numbers stand beside it, and in its name."""
    rects = format_html_join("", '<rect class="{}" x="{}%" width="{}%" height="100%"/>', bars)
    frame = f"at-progress {css}".strip()
    return format_html('<svg class="{}" role="img" aria-label="{}">{}</svg>', frame, label, rects)
