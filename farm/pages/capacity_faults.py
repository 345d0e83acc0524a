"""What check_capacity finds, in words: one sentence for each kind."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from farm.rules import wording


def sentence(fault: dict[str, Any]) -> str:
    """Of a fault as `Fault.as_json` has it, without the time and the machine."""
    share = wording.share(max(0, fault["gpus"] or 0), max(0, fault["memory_gb"] or 0)) or wording.share(0, 0) or "0"
    sentences = {
        "overbooked": _("More is held than there is: %(share)s too much."),
        "retired": _("The machine is retired, and %(share)s of it are held."),
        "other_span": _("A line has another span than its booking."),
        "bad_span": _("A line has a span that cannot be: too long, or its end before its start."),
        "bad_quantity": _("A line holds a quantity that cannot be."),
        "holds_nothing": _("A booking that should hold %(share)s holds nothing."),
        "holds_though_over": _("A booking that is over or was never made still holds %(share)s."),
        "no_machine": _("A booking holds no machine at all."),
        "bad_closure": _("A closure has a span or a quantity that cannot be."),
    }
    return sentences[fault["kind"]] % {"share": share}


def when(fault: dict[str, Any]) -> str:
    """The span in the reader's language and zone."""
    if not fault["start"] or not fault["end"]:
        return ""
    return wording.span(datetime.fromisoformat(fault["start"]), datetime.fromisoformat(fault["end"]))
