"""Missing capacity in words, for the message of a refusal and the title of its card."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from farm.models import Machine
from farm.rules import wording
from farm.rules.availability import Share, Shortage


def shortage_sentence(machine: Machine, missing: Share, shortages: Sequence[Shortage]) -> str:
    """Write `Not enough free capacity on dgx-1: 2 GPUs missing, Wed 4 Nov 09:00 – 18:00. It has 8 GPUs · 640 GB.`

    `missing` is the most that is missing in any of the `shortages`. These are ordered by time.
    """
    words = {
        "name": machine.shown_name,
        "missing": wording.share_in_sentence(*missing),
        "when": wording.span(shortages[0].start, shortages[-1].end),
        "count": len(shortages),
        "capacity": wording.share_in_sentence(machine.gpu_count, machine.memory_gb),
    }
    if len(shortages) == 1:
        sentence = _("Not enough free capacity on %(name)s: %(missing)s missing, %(when)s. It has %(capacity)s.")
    else:
        sentence = _(
            "Not enough free capacity on %(name)s: up to %(missing)s missing, %(count)s times in %(when)s. "
            "It has %(capacity)s."
        )
    return sentence % words
