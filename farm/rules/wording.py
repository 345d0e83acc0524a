"""Times, shares and free counts in words, in the reader's language and zone. Pure but for those two."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from farm.models import Allocation, Machine
from farm.rules.availability import Free, Share, least
from kernel.text import dates

TIGHT = 64  # GB: below this the memory is what runs out


def clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"


def weekday_and_clock(moment: datetime) -> str:
    return f"{dates.format_date(timezone.localtime(moment), 'weekday')} {clock(moment)}"


def day(moment: datetime) -> str:
    return dates.format_date(timezone.localtime(moment), "day")


def day_and_clock(moment: datetime) -> str:
    return f"{day(moment)} {clock(moment)}"


def span(start: datetime, end: datetime) -> str:
    """`Wed 4 Nov 09:00 – 18:00`, or with both days."""
    same = timezone.localtime(start).date() == timezone.localtime(end).date()
    return f"{day_and_clock(start)} – {clock(end) if same else day_and_clock(end)}"


def duration(length: timedelta) -> str:
    """`33 hours`, `1 h 30`, `20 min`."""
    minutes = round(length.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(count)s min") % {"count": rest}
    if rest:
        return _("%(hours)s h %(minutes)s") % {"hours": hours, "minutes": f"{rest:02}"}
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}


def hours(count: float) -> str:
    """`34`, `37.2` (`37,2`)"""
    rounded = round(float(count), 1)
    return number_format(int(rounded) if rounded.is_integer() else rounded)


def share(gpus: int, memory_gb: int) -> str:
    """`4 GPU · 320 GB`; a side with nothing is left out."""
    parts = []
    if gpus:
        parts.append(_("%(count)s GPU") % {"count": gpus})
    if memory_gb:
        parts.append(_("%(count)s GB") % {"count": memory_gb})
    return " · ".join(parts)


def short_name(person: Any) -> str:
    """`J. Weiß`; a name in one part stays whole."""
    if person.first_name and person.last_name:
        return f"{person.first_name[:1]}. {person.last_name}"
    return str(person.display_name)


def share_of(line: Allocation) -> str:
    """`4 of 8 GPU · 320 of 1024 GB`; a side that is not asked for is left out."""
    parts = []
    if line.gpus:
        parts.append(_("%(count)s of %(total)s GPU") % {"count": line.gpus, "total": line.machine.gpu_count})
    if line.memory_gb:
        parts.append(_("%(count)s of %(total)s GB") % {"count": line.memory_gb, "total": line.machine.memory_gb})
    return " · ".join(parts)


def model(machine: Machine) -> str:
    """`A100` of `A100 80 GB`: the short name for a narrow place."""
    return re.sub(r"\s+\d+\s*G[BoO]$", "", machine.gpu_model)


def size(machine: Machine) -> str:
    """`8 × A100 · 1024 GB`"""
    memory = _("%(count)s GB") % {"count": machine.memory_gb}
    if not machine.gpu_count:
        return memory
    gpus = f"{machine.gpu_count} × {model(machine)}" if machine.gpu_model else share(machine.gpu_count, 0)
    return f"{gpus} · {memory}" if machine.memory_gb else gpus


class FreeNow(NamedTuple):
    """`2 of 8` + `GPU free now`; or `full` + `now`; or why nothing can be had."""

    strong: str
    rest: str
    closed: bool = False
    full: bool = False


def free_now(machine: Machine, free: Share, *, closed: bool) -> FreeNow:
    if machine.state != Machine.State.OPEN:
        return FreeNow("", str(Machine.State(machine.state).label))
    if closed:
        return FreeNow("", _("closed now"), closed=True)
    count, total = (free.gpus, machine.gpu_count) if machine.gpu_count else (free.memory_gb, machine.memory_gb)
    if count <= 0:
        return FreeNow(_("full"), _("now"), full=True)
    strong = _("%(count)s of %(total)s") % {"count": count, "total": total}
    return FreeNow(strong, _("GPU free now") if machine.gpu_count else _("GB free now"))


def free_count(count: int) -> str:
    return ngettext("%(count)s free", "%(count)s free", count) % {"count": count}


class Words(NamedTuple):
    """What is free over one stretch: `3` + ` free` + `· 448 GB` (the second and third only where there is room)."""

    number: str
    rest: str = ""
    more: str = ""
    tight: bool = False
    hour: bool = False  # `rest` says until or from when: without it the number would be wrong
    brief: str = ""  # `rest` where there is little room

    @property
    def bare(self) -> str:
        return self.number.split(" ")[0] if self.hour else self.number

    @property
    def noun(self) -> str:
        """What the hour pushes out first."""
        return self.number.removeprefix(self.bare)


def free_words(
    machine: Machine, steps: Sequence[Free], *, closed: bool, write: Callable[[datetime], str] = clock
) -> Words:
    """The smallest share free all the time; else the free part, its edge as `write` has it; else `full` or `closed`."""
    worst = least(steps)
    gb = _("%(count)s GB") % {"count": worst.memory_gb}
    if not machine.gpu_count:
        if worst.memory_gb > 0:
            return Words(gb, " " + _("free"))
        return _part(steps, 1, closed=closed, write=write)
    if worst.gpus > 0:
        number = free_count(worst.gpus)
        if not machine.memory_gb:
            return Words(number)
        if worst.memory_gb < min(TIGHT, machine.memory_gb / 4):
            return Words(gb, " " + _("only"), tight=True)
        return Words(number, more=f" · {gb}")
    return _part(steps, 0, closed=closed, write=write)


def _part(steps: Sequence[Free], side: int, *, closed: bool, write: Callable[[datetime], str]) -> Words:
    """`3 free to 20:00`, `3 free from 18:00` or `3 free 18:00 – 20:00`, by GPUs (side 0) or by GB (side 1)."""
    first = next((index for index, step in enumerate(steps) if step.free[side] > 0), None)
    if first is None:
        return Words("", _("closed") if closed else _("full"))
    run = [steps[first]]
    for step in steps[first + 1 :]:
        if step.free[side] <= 0:
            break
        run.append(step)
    count = min(step.free[side] for step in run)
    gb = (_("%(count)s GB") % {"count": count}).replace(" ", "\N{NO-BREAK SPACE}")  # its noun is never pushed out
    start, end = write(run[0].start), write(run[-1].end)
    if first == 0:
        rest, brief = _("to %(time)s") % {"time": end}, f"→ {end}"
    elif run[-1] is steps[-1]:
        rest, brief = _("from %(time)s") % {"time": start}, f"{start} →"
    else:
        rest = brief = f"{start} – {end}"
    return Words(free_count(count) if side == 0 else gb, f" {rest}", hour=True, brief=f" {brief}")
