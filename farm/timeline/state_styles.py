"""How a booking looks in each state, and how a closure looks.

This is the only table of their words, icons and CSS classes.
"""

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from farm.models.states import State


class StateStyle(NamedTuple):
    """One state.

    The template tag `booking_state` draws it; on the timeline `bar` colours the bar.
    """

    words: Any  # lazy text, as lists and tables say it
    icon: str  # a symbol of static/icons.svg, without its `i-`
    colour: str  # CSS class
    short: Any = None  # lazy text for a badge, where it differs from `words`
    colour_of_others: str = ""  # CSS class where the booking is not the reader's, where it differs from `colour`
    bar: str = ""  # CSS class of the bar
    bar_mark: str = ""  # stands before the bar's text
    is_striped: bool = False  # whether the bar is drawn with stripes


STATE_STYLES: dict[str, StateStyle] = {
    State.DRAFT: StateStyle(State.DRAFT.label, "pending", "at-late"),
    State.PENDING: StateStyle(
        _("Pending, holds its place"),
        "pending",
        "at-late",
        short=State.PENDING.label,
        bar="t-pending",
        bar_mark="? ",
        is_striped=True,
    ),
    State.CONFIRMED: StateStyle(State.CONFIRMED.label, "confirmed", "at-done"),
    State.ACTIVE: StateStyle(State.ACTIVE.label, "active", "at-yours", colour_of_others="at-idle"),
    State.FINISHED: StateStyle(State.FINISHED.label, "finished", "at-idle", bar="t-past"),
    State.CANCELLED: StateStyle(State.CANCELLED.label, "cancelled", "at-idle"),
    State.REJECTED: StateStyle(State.REJECTED.label, "rejected", "at-failing"),
    State.RELEASED: StateStyle(State.RELEASED.label, "released", "at-idle", bar="t-past"),
    State.DISPLACED: StateStyle(_("Displaced by maintenance"), "closed", "at-idle", bar="t-past"),
    State.EXPIRED: StateStyle(State.EXPIRED.label, "cancelled", "at-idle"),
    "closed": StateStyle(_("Closed"), "closed", "at-idle"),  # a closure of a machine, in the same lists
}
