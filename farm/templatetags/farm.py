"""How the pages of the farm draw a state, a share and a span of time."""

from django import template
from django.utils.safestring import SafeString

from farm.models import Allocation, Closure, Reservation
from farm.rules import wording
from farm.timeline.state_styles import STATE_STYLES
from kernel.templatetags.atelier import draw_state

register = template.Library()


@register.simple_tag
def booking_state(state: str, *, yours: bool = True, badge: bool = False) -> SafeString:
    """The state of a booking, or "closed" of a closure: icon, words and colour.

    `yours`: whether the booking belongs to the reader. `badge`: drawn larger and with short words, for a title.
    """
    style = STATE_STYLES[state]
    colour = style.colour if yours else style.colour_of_others or style.colour
    if badge:
        return draw_state("at-badge", colour, style.icon, style.short or style.words)
    return draw_state("at-state", colour, style.icon, style.words)


@register.filter
def share(held: Allocation | Closure) -> str:
    """`4 GPU · 320 GB` (`4 GPU · 320 Go`), of a line or of a closure of a part."""
    return wording.share(held.gpus or 0, held.memory_gb or 0)


@register.filter
def share_of(line: Allocation) -> str:
    """`4 of 8 GPU · 320 of 1024 GB`; a side that is not asked for is left out."""
    return wording.share(line.gpus, line.memory_gb, of=line.machine)


@register.filter
def span(held: Allocation | Closure | Reservation) -> str:
    """`Wed 4 Nov 09:00 – 18:00`"""
    return wording.span(held.start, held.end)
