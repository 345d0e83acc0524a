"""A page asks for the rows that changed: `?machine=12&machine=15&layout=3f1c&since=1790000000`.

static/js/live-rows.js sends it, for an element with `data-rows`. `layout` is what the page knows of the order and the
heads of its rows: when the server has another one, the page must fetch the whole fragment. `since` is when the page was
drawn, in epoch seconds.
"""

import zlib
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from itertools import islice

from django.http import HttpRequest, HttpResponse

from kernel.web.query_string import ids_among, whole_number
from live.models import MAX_ROWS

PARAMETERS = ("layout", "since")  # besides the one with the ids


def requested_rows(request: HttpRequest, name: str) -> set[int] | None:
    """Return the ids of `?<name>=`. The set is empty when the page asks only for what is around the rows.

    Returns None when the request is for the whole fragment. More than MAX_ROWS ids are too many: see `too_many`.
    """
    if name not in request.GET or not request.headers.get("HX-Request"):
        return None
    return set(ids_among(islice(dict.fromkeys(request.GET.getlist(name)), MAX_ROWS + 1)))


def too_many(ids: Collection[int]) -> bool:
    """Whether an open page has gathered so many changes that the whole fragment costs less: `fetch_whole`."""
    return len(ids) > MAX_ROWS


def drawn_at(request: HttpRequest) -> datetime:
    """Return when the page was drawn, by `?since=`; the year 1970 without it."""
    return datetime.fromtimestamp(whole_number(request.GET.get("since", ""), 10) or 0, UTC)


def layout_version(values: Iterable[object]) -> str:
    """Return a short text that changes when one of the values does. Their `repr` must not change by itself."""
    return format(zlib.crc32(repr(list(values)).encode()), "x")


def fetch_whole() -> HttpResponse:
    """Answer that rows are not enough: the element then fetches its whole fragment."""
    return HttpResponse(status=204, headers={"HX-Trigger": "live"})
