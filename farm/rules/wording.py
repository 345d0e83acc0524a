"""Times, shares and free capacity in words.

The functions are pure, except that they use the active language and time zone of the reader.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext

from farm.models import Machine
from farm.rules.availability import Free, Share
from kernel.text import dates
from kernel.text.clock_changes import zone_if_repeated

LOW_MEMORY_GB = 64  # with less free memory than this, the text names the memory and not the GPUs


def clock(moment: datetime) -> str:
    """Write `09:00`, and `02:30 CEST` in an hour that a clock change repeats."""
    local = timezone.localtime(moment)
    return f"{local:%H:%M}{zone_if_repeated(local)}"


def weekday_and_clock(moment: datetime) -> str:
    return f"{dates.format_date(timezone.localtime(moment), 'weekday')} {clock(moment)}"


def day(moment: datetime) -> str:
    """Write `Wed 4 Nov`, with the year when it is not the present one."""
    local = timezone.localtime(moment)
    return dates.format_date(local, "day" if local.year == timezone.localtime().year else "day-year")


def day_and_clock(moment: datetime) -> str:
    return f"{day(moment)} {clock(moment)}"


def span(start: datetime, end: datetime) -> str:
    """Write `Wed 4 Nov 09:00 – 18:00`, or both days when they differ."""
    same_day = timezone.localtime(start).date() == timezone.localtime(end).date()
    return f"{day_and_clock(start)} – {clock(end) if same_day else day_and_clock(end)}"


def duration(length: timedelta) -> str:
    """Write `33 hours`, `1 h 30` or `20 min`."""
    minutes = round(length.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(count)s min") % {"count": rest}
    if rest:
        return _("%(hours)s h %(minutes)s") % {"hours": hours, "minutes": f"{rest:02}"}
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}


def hours(count: float) -> str:
    """Write `34` or `37.2` (in French `37,2`)."""
    rounded = round(float(count), 1)
    return number_format(int(rounded) if rounded.is_integer() else rounded)


def share(gpus: int, memory_gb: int, *, of: Machine | None = None) -> str:
    """Write `4 GPU · 320 GB`, or with `of` `4 of 8 GPU · 320 of 1024 GB`.

    GPUs or memory of 0 are left out.
    """
    parts = []
    if gpus and of:
        parts.append(_("%(count)s of %(total)s GPU") % {"count": gpus, "total": of.gpu_count})
    elif gpus:
        parts.append(_("%(count)s GPU") % {"count": gpus})
    if memory_gb and of:
        parts.append(_("%(count)s of %(total)s GB") % {"count": memory_gb, "total": of.memory_gb})
    elif memory_gb:
        parts.append(_("%(count)s GB") % {"count": memory_gb})
    return " · ".join(parts)


def share_in_sentence(gpus: int, memory_gb: int) -> str:
    """Write `1 GPU · 64 GB` or `2 GPUs`: in a sentence the GPUs are counted, elsewhere they are a unit such as GB."""
    text = npgettext("in a sentence", "%(count)s GPU", "%(count)s GPUs", gpus) % {"count": gpus}
    return " · ".join(part for part in (text if gpus else "", share(0, memory_gb)) if part)


def short_name(person: Any) -> str:
    """Write `J. Weiß`. A name in one part is not changed."""
    if person.first_name and person.last_name:
        return f"{person.first_name[:1]}. {person.last_name}"
    return str(person.display_name)


def short_gpu_model(machine: Machine) -> str:
    """Write `A100` for `A100 80 GB`."""
    return re.sub(r"\s+\d+\s*G[BoO]$", "", machine.gpu_model)


def size(machine: Machine) -> str:
    """Write `8 × A100 · 1024 GB`."""
    memory = _("%(count)s GB") % {"count": machine.memory_gb}
    if not machine.gpu_count:
        return memory
    gpus = f"{machine.gpu_count} × {short_gpu_model(machine)}" if machine.gpu_model else share(machine.gpu_count, 0)
    return f"{gpus} · {memory}" if machine.memory_gb else gpus


class FreeNow(NamedTuple):
    """`2 of 8` + `GPU free now`; or `full` + `now`; or only `rest`, why nothing can be booked."""

    strong: str
    rest: str
    closed: bool = False
    full: bool = False


def free_now(state: str, whole: Share, free: Share, closed: bool) -> FreeNow:
    """Write what is free now of a machine in this state, or why nothing can be booked; `whole` is its capacity."""
    if state != Machine.State.OPEN:
        return FreeNow("", str(Machine.State(state).label))
    if closed:
        return FreeNow("", _("closed now"), closed=True)
    count, total = (free.gpus, whole.gpus) if whole.gpus else (free.memory_gb, whole.memory_gb)
    if count <= 0:
        return FreeNow(_("full"), _("now"), full=True)
    strong = _("%(count)s of %(total)s") % {"count": count, "total": total}
    return FreeNow(strong, _("GPU free now") if whole.gpus else _("GB free now"))


def free_count(count: int) -> str:
    return ngettext("%(count)s free", "%(count)s free", count) % {"count": count}


class FreeText(NamedTuple):
    """The free capacity over one stretch, as `3 free` + ` to 20:00` + ` · 448 GB`.

    Narrow places leave out `rest` and `more`.
    """

    number: str
    rest: str = ""
    more: str = ""
    tight: bool = False  # GPUs are free, but little memory is
    hour: bool = False  # `rest` holds a time: without it the number would be wrong
    brief: str = ""  # a short form of `rest`

    @property
    def bare(self) -> str:
        return self.number.split(" ")[0] if self.hour else self.number

    @property
    def noun(self) -> str:
        """The text after the number, left out first when `rest` holds a time."""
        return self.number.removeprefix(self.bare)


def always_free(worst: Share, has_gpus: bool, memory_gb: int) -> FreeText | None:
    """Write the share that is free all the time on a machine with so much memory; None where nothing is."""
    if (worst.gpus if has_gpus else worst.memory_gb) <= 0:
        return None
    gb = _("%(count)s GB") % {"count": worst.memory_gb}
    if not has_gpus:
        return FreeText(gb, " " + _("free"))
    number = free_count(worst.gpus)
    if not memory_gb:
        return FreeText(number)
    if worst.memory_gb < min(LOW_MEMORY_GB, memory_gb / 4):
        return FreeText(gb, " " + _("only"), tight=True)
    return FreeText(number, more=f" · {gb}")


def free_part(steps: Sequence[Free], side: int, *, closed: bool, write: Callable[[datetime], str]) -> FreeText:
    """Write the first free part of these steps: `3 free to 20:00`, `3 free from 18:00` or `3 free 18:00 – 20:00`.

    Counts GPUs (side 0) or GB of memory (side 1); `write` writes the start and end. Without a free part, writes `full`
    or `closed`.
    """
    first = next((index for index, step in enumerate(steps) if step.free[side] > 0), None)
    if first is None:
        return FreeText("", _("closed") if closed else _("full"))
    run = [steps[first]]
    for step in steps[first + 1 :]:
        if step.free[side] <= 0:
            break
        run.append(step)
    count = min(step.free[side] for step in run)
    gb = (_("%(count)s GB") % {"count": count}).replace(" ", "\N{NO-BREAK SPACE}")  # so that the unit is never left out
    start, end = write(run[0].start), write(run[-1].end)
    if first == 0:
        rest, brief = _("to %(time)s") % {"time": end}, f"→ {end}"
    elif run[-1] is steps[-1]:
        rest, brief = _("from %(time)s") % {"time": start}, f"{start} →"
    else:
        rest = brief = f"{start} – {end}"
    return FreeText(free_count(count) if side == 0 else gb, f" {rest}", hour=True, brief=f" {brief}")
