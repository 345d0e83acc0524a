"""A machine in the agenda of a day: what is free now, the way to book it, and its strip of the day."""

from django.urls import reverse
from django.utils.safestring import SafeString

from farm.models import Machine
from farm.timeline.agenda import Agenda
from farm.timeline.drawing.pieces import EMPTY, FOLDER, VERTICAL_LINE, draw_free_now
from farm.timeline.rows import TimelineRow
from kernel.fragments.fragment import Fragment, join

ROW = Fragment(f"{FOLDER}/agenda_row.html", "pk", "href", "book", "machine", "size", "free_now", "load", "marks")
LOAD = Fragment(f"{FOLDER}/strip_load.html", "x", "y", "width", "height")


def draw_agenda_rows(agenda: Agenda, strips: list[tuple[TimelineRow, list[dict[str, str]]]]) -> SafeString:
    """Draw an item of the list for each machine. `strips` holds each row with the rectangles of its strip."""
    marks = join(VERTICAL_LINE.prepared(css="t-day")(x=x) for x in agenda.marks)
    now = VERTICAL_LINE.prepared(css="s-now")(x=agenda.now_x) if agenda.now_x else EMPTY
    book = reverse("farm-book")
    return join(
        ROW.prepared(way=_way(row))(
            pk=row.machine.pk,
            href=reverse("farm-machine", args=(row.machine.pk,)),
            book=f"{book}?resource={row.machine.pk}",
            machine=row.machine.shown_name,
            size=row.size,
            free_now=draw_free_now(row),
            load=join(
                LOAD.prepared(kind=part["kind"])(x=part["x"], y=part["y"], width=part["width"], height=part["height"])
                for part in rectangles
            ),
            marks=marks + now,
        )
        for row, rectangles in strips
    )


def _way(row: TimelineRow) -> str:
    """Return how the machine can be booked now: book, next-free, closed, or nothing."""
    if row.now.closed:
        return "closed"
    if row.machine.state != Machine.State.OPEN:
        return ""
    return "next-free" if row.now.full else "book"
