"""The plot of one machine: an SVG over the span, with what is booked, closed and free."""

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.safestring import SafeString

from farm.timeline.bars import Bar
from farm.timeline.drawing.pieces import EMPTY, FOLDER, VERTICAL_LINE
from farm.timeline.rows import TimelineRow
from farm.timeline.timeline_data import Timeline
from kernel.fragments.fragment import Fragment, join

PLOT = Fragment(
    f"{FOLDER}/plot.html",
    *("resource", "start", "end", "offsets", "room", "gpus", "memory", "height", "machine", "span", "floor"),
    *("backdrop", "closures", "now_line", "bars", "ask", "words", "now_over"),
)
BACKDROP = Fragment(f"{FOLDER}/backdrop.html", "room", "weekends", "days")
WEEKEND = Fragment(f"{FOLDER}/weekend.html", "x", "width", "room")
NOW_LINE = Fragment(f"{FOLDER}/now_line.html", "x", "floor")
CLOSURE = Fragment(f"{FOLDER}/closure.html", "x", "y", "width", "height", "texts")
BAR = Fragment(
    f"{FOLDER}/bar.html",
    *("booking", "version", "start", "end", "gpus", "memory", "href", "name", "pieces"),
)
PIECE = Fragment(f"{FOLDER}/bar_piece.html", "x", "y", "width", "height", "fill", "texts")
TEXT = Fragment(f"{FOLDER}/bar_text.html", "y", "text")
FREE_WORDS = Fragment(f"{FOLDER}/free_words.html", "x", "y", "width", "bare", "noun", "rest", "brief")
NO_FREE_WORDS = Fragment(f"{FOLDER}/no_free_words.html", "x", "y", "width", "rest")


class Plots:
    """Draws the plots of one timeline, which share the axis and the line for now."""

    def __init__(self, timeline: Timeline) -> None:
        window = timeline.window
        start, end = timezone.localtime(window.start), timezone.localtime(window.end)
        self.timeline = timeline
        self.of_all = {
            "start": window.start.isoformat(),
            "end": window.end.isoformat(),
            "offsets": f"{dateformat.format(start, 'O')} {dateformat.format(end, 'O')}",
            "span": timeline.span.spoken,
        }
        self.backdrops: dict[str, SafeString] = {}
        self.addresses = reverse("farm-reservation", args=(0,)).split("0")

    def draw(self, row: TimelineRow, ask: dict[str, str] | None = None) -> SafeString:
        machine, now_x = row.machine, self.timeline.now_x
        return PLOT.prepared(is_open=machine.state == "open")(
            **self.of_all,
            resource=machine.pk,
            room=row.room,
            gpus=machine.gpu_count,
            memory=machine.memory_gb,
            height=row.height,
            machine=machine.shown_name,
            floor=row.floor,
            backdrop=self._backdrop(row.room),
            closures=join(self._closure(shape) for shape in row.closure_shapes),
            now_line=NOW_LINE.prepared(is_over=False)(x=now_x) if now_x else EMPTY,
            bars=join(self._bar(bar) for bar in row.bars),
            ask=render_to_string(f"{FOLDER}/ask.html", {"ask": ask}) if ask else EMPTY,
            words=join(self._free_words(item, row.words_y) for item in row.words),
            now_over=NOW_LINE.prepared(is_over=True)(x=now_x, floor=row.floor) if now_x else EMPTY,
        )

    def _backdrop(self, room: str) -> SafeString:
        if room not in self.backdrops:
            axis, weekend_html, day_html = self.timeline.axis, WEEKEND.prepared(), VERTICAL_LINE.prepared(css="t-day")
            self.backdrops[room] = BACKDROP.prepared()(
                room=room,
                weekends=join(weekend_html(x=x, width=width, room=room) for x, width in axis.weekends),
                days=join(day_html(x=tick.x) for tick in axis.ticks if not tick.first),
            )
        return self.backdrops[room]

    def _bar(self, bar: Bar) -> SafeString:
        booked = bar.booked
        before, after = self.addresses
        stripe = ("k-stripe-mine" if bar.mine else "k-stripe") if bar.style.is_striped else ""
        piece_html = PIECE.prepared(stripe=stripe)
        return BAR.prepared(css=bar.classes, moves=bar.moves)(
            booking=booked.reservation_id,
            version=booked.version,
            start=booked.start.isoformat(),
            end=booked.end.isoformat(),
            gpus=booked.gpus,
            memory=booked.memory_gb,
            href=f"{before}{booked.reservation_id}{after}",
            name=bar.name,
            pieces=join(
                piece_html(
                    x=bar.x,
                    y=piece["y"],
                    width=bar.width,
                    height=piece["height"],
                    fill=piece["fill"],
                    texts=self._texts(piece, "7"),
                )
                for piece in bar.pieces
            ),
        )

    def _closure(self, shape: dict[str, Any]) -> SafeString:
        places = {name: shape[name] for name in ("x", "y", "width", "height")}
        return CLOSURE.prepared()(**places, texts=self._texts(shape, "8"))

    def _texts(self, shape: dict[str, str], x: str) -> SafeString:
        """Write the text for a wide screen and the one for a narrow screen, once where they are the same."""
        text, slim, y = shape["text"], shape["slim"], shape["text_y"]
        if not text:
            return EMPTY
        if slim == text:
            return TEXT.prepared(x=x, css="")(text=text, y=y)
        wide_html = TEXT.prepared(x=x, css="t-wide")(text=text, y=y)
        return wide_html + TEXT.prepared(x=x, css="t-slim")(text=slim, y=y) if slim else wide_html

    def _free_words(self, item: dict[str, Any], y: str) -> SafeString:
        words = item["drawn"]
        if not words:
            return EMPTY
        if not words.number:
            return NO_FREE_WORDS.prepared()(x=item["x"], y=y, width=item["width"], rest=words.rest)
        return FREE_WORDS.prepared(is_tight=words.tight, has_noun=bool(words.noun), has_brief=bool(words.brief))(
            x=item["x"],
            y=y,
            width=item["width"],
            bare=words.bare,
            noun=words.noun,
            rest=words.rest + words.more,
            brief=words.brief,
        )
