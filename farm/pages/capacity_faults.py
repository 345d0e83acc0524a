"""The faults that check_capacity finds, in words: one sentence for each kind."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from farm.rules import wording


def sentence(fault: dict[str, Any]) -> str:
    """Return the sentence for a fault, without its time and its machine.

    `fault` is what `Fault.as_json` returns.
    """
    share = wording.share_in_sentence(max(0, fault["gpus"] or 0), max(0, fault["memory_gb"] or 0)) or "0"
    sentences = {
        "overbooked": _("More is held than there is: %(share)s too much."),
        "retired": _("The machine is retired, and %(share)s of it are held."),
        "other_span": _("The times held on the machine are not those of the booking."),
        "bad_span": _("The times held are impossible: too long, or the end is before the start."),
        "bad_quantity": _("The quantity held is impossible."),
        "holds_nothing": _("A booking that should hold %(share)s holds nothing."),
        "holds_though_over": _("A booking that has ended or was never made still holds %(share)s."),
        "no_machine": _("A booking has no machine."),
        "bad_closure": _("The times or the quantity of a closure are impossible."),
    }
    return sentences[fault["kind"]] % {"share": share}


def when(fault: dict[str, Any]) -> str:
    """Return the fault's span in the reader's language and zone; "" where it has none."""
    if not fault["start"] or not fault["end"]:
        return ""
    return wording.span(datetime.fromisoformat(fault["start"]), datetime.fromisoformat(fault["end"]))
