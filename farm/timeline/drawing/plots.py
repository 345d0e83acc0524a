"""The plot of one machine: an SVG over the span, with what is booked, closed and free."""

from collections.abc import Hashable

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from farm.timeline.bars import Bar, BarPiece, ClosureShape
from farm.timeline.drawing.pieces import EMPTY, FOLDER
from farm.timeline.rows import FreeWords, TimelineRow
from farm.timeline.timeline_data import Timeline
from kernel.fragments.fragment import Fill, Fragment, join

PLOT = Fragment(
    f"{FOLDER}/plot.html",
    *("axis", "resource", "room", "gpus", "memory", "height", "machine", "span", "floor", "words_y"),
    *("closures", "now_line", "bars", "ask", "words", "now_over"),
)
NOW_LINE = Fragment(f"{FOLDER}/now_line.html", "x", "floor")
CLOSURE = Fragment(f"{FOLDER}/closure.html", "x", "y", "width", "height", "text", "wide_text")
PLACES = ("x", "y", "width", "height", "text", "wide_text")
BAR = Fragment(f"{FOLDER}/bar.html", "version", "start", "end", "href", "name", "more_pieces", *PLACES)
PIECE = Fragment(f"{FOLDER}/bar_piece.html", *PLACES)
FREE_WORDS = Fragment(f"{FOLDER}/free_words.html", "x", "width", "bare", "noun", "rest", "brief")
NO_FREE_WORDS = Fragment(f"{FOLDER}/no_free_words.html", "x", "width", "rest")


class Plots:
    """Draws the plots of one timeline. Their common parts are in templates/farm/fragments/axis.html."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.words: dict[FreeWords, SafeString] = {}
        self.fills: dict[tuple[Hashable, ...], Fill] = {}  # what fills in a bar or a part, by its choices
        self.addresses = reverse("farm-reservation", args=(0,)).split("0")
        self.machine_addresses = reverse("farm-machine", args=(0,)).split("0")

    @classmethod
    def of(cls, timeline: Timeline) -> "Plots":
        """Return the only one of this timeline, whose parts are drawn one by one."""
        plots: Plots = timeline.shared.get("plots") or timeline.shared.setdefault("plots", cls(timeline))
        return plots

    def prepared(self, fragment: Fragment, **choices: Hashable) -> Fill:
        """Return `fragment.prepared(**choices)`; look up the language once for a page."""
        key = (fragment, *choices.values())
        return self.fills.get(key) or self.fills.setdefault(key, fragment.prepared(**choices))

    def draw(self, row: TimelineRow, ask: dict[str, str] | None = None) -> SafeString:
        machine, now_x = row.machine, self.timeline.now_x
        return self.prepared(
            PLOT,
            is_open=machine.state == "open",
            has_weekends=bool(self.timeline.axis.weekends),
            has_words=bool(row.words),
        )(
            axis=self.timeline.axis_id,
            resource=machine.pk,
            room=row.room,
            gpus=machine.gpu_count,
            memory=machine.memory_gb,
            height=row.height,
            machine=machine.shown_name,
            span=self.timeline.spoken,
            floor=row.floor,
            words_y=row.words_y,
            closures=join(_closure(shape) for shape in row.closure_shapes),
            now_line=NOW_LINE.prepared(is_over=False)(x=now_x) if now_x else EMPTY,
            bars=join(self._bar(bar) for bar in row.bars),
            ask=render_to_string(f"{FOLDER}/ask.html", {"ask": ask}) if ask else EMPTY,
            words=join(self._free_words(words) for words in row.words),
            now_over=NOW_LINE.prepared(is_over=True)(x=now_x, floor=row.floor) if now_x else EMPTY,
        )

    def _bar(self, bar: Bar) -> SafeString:
        booked, (first, *others) = bar.booked, bar.pieces
        before, after = self.addresses
        has_text, has_wide_text = bool(first.text), bool(first.wide_text)
        kind = (BAR, bar.mine, bar.team, bar.state, bar.moves, bool(others), has_text, has_wide_text)
        fill = self.fills.get(kind)
        if fill is None:
            fill = self.fills[kind] = BAR.prepared(
                css=bar.classes,
                moves=bar.moves,
                has_more_pieces=bool(others),
                stripe=_stripe(bar),
                has_text=has_text,
                has_wide_text=has_wide_text,
            )
        changes = {}
        if bar.moves:  # the scripts need the exact times only of what they may move
            changes = {"version": booked.version, "start": booked.start.isoformat(), "end": booked.end.isoformat()}
        return fill(
            href=f"{before}{booked.reservation_id}{after}",
            name=bar.name,
            x=bar.x,
            y=first.y,
            width=bar.width,
            height=first.height,
            text=first.text,
            wide_text=first.wide_text,
            more_pieces=join(_piece(bar, piece) for piece in others) if others else EMPTY,
            **changes,
        )

    def _free_words(self, words: FreeWords) -> SafeString:
        """Draw the words of one unit. Many machines have the same words."""
        html = self.words.get(words)
        if html is None:
            html = self.words[words] = _draw_free_words(words)
        return html


def _stripe(bar: Bar) -> str:
    """Return the id of the stripes of a bar, or "" where it has none."""
    if not bar.style.is_striped:
        return ""
    return "k-stripe-mine" if bar.mine else "k-stripe"


def _piece(bar: Bar, piece: BarPiece) -> SafeString:
    return PIECE.prepared(stripe=_stripe(bar), has_text=bool(piece.text), has_wide_text=bool(piece.wide_text))(
        x=bar.x, width=bar.width, **piece._asdict()
    )


def _closure(shape: ClosureShape) -> SafeString:
    fill = CLOSURE.prepared(has_text=bool(shape.text), has_wide_text=bool(shape.wide_text))
    return fill(**shape._asdict())


def _draw_free_words(words: FreeWords) -> SafeString:
    drawn = words.drawn
    if not drawn:
        return EMPTY
    if not drawn.number:
        return NO_FREE_WORDS.prepared()(x=words.x, width=words.width, rest=drawn.rest)
    rest = drawn.rest + drawn.more
    fill = FREE_WORDS.prepared(
        is_tight=drawn.tight, has_noun=bool(drawn.noun), has_rest=bool(rest), has_brief=bool(drawn.brief)
    )
    return fill(x=words.x, width=words.width, bare=drawn.bare, noun=drawn.noun, rest=rest, brief=drawn.brief)
