"""What the pages of the farm write in words."""

from django import template

from farm.models import Allocation, Closure, Reservation
from farm.rules import wording

register = template.Library()


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
