"""Pages of lists that grow for years: the count stops where counting would cost, and so does the offset."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response

from kernel.errors import Malformed

COUNTED = 10_000
FARTHEST = 100_000
MOST = 999_999_999  # a `limit` beyond max_limit is that; beyond this it is no number of rows


class Pages(LimitOffsetPagination):
    """`?limit=` (50, at most 500) and `?offset=`; answers `{count, next, previous, results}`."""

    default_limit = 50
    max_limit = 500


class LongPages(Pages):
    """`{count, count_is_exact, next, previous, results}`: `count` stops at COUNTED; `offset` reaches FARTHEST.

    One row more than asked for says whether there is a next page, so that no page needs the whole count.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        limit = _count(request, "limit", self.default_limit)
        self.limit = min(limit or self.default_limit, self.max_limit)
        self.offset = _count(request, "offset", 0)
        if self.offset > FARTHEST:
            sentence = _("offset reaches %(limit)s: narrow the list with from and to.") % {"limit": FARTHEST}
            raise Malformed("too_far", sentence, field="offset")
        self.counted = queryset.order_by()[: COUNTED + 1].count()
        rows = list(queryset[self.offset : self.offset + self.limit + 1])
        self.more = len(rows) > self.limit
        # what the browsable page counts its own pages by
        self.count = max(min(self.counted, COUNTED), self.offset + len(rows))
        self.display_page_controls = self.count > self.limit
        return rows[: self.limit]

    def get_next_link(self) -> str | None:
        return super().get_next_link() if self.more else None

    def get_paginated_response(self, data: Any) -> Response:
        exact = self.counted <= COUNTED
        links = {"next": self.get_next_link(), "previous": self.get_previous_link()}
        return Response({"count": min(self.counted, COUNTED), "count_is_exact": exact, **links, "results": data})

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        bounds = {"limit": MOST, "offset": FARTHEST}
        found: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for parameter in found:
            parameter["schema"] |= {"minimum": 0, "maximum": bounds[parameter["name"]]}
        return found

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = super().get_paginated_response_schema(schema)
        described = f"False: there are more than {COUNTED}, and count says {COUNTED}."
        found["properties"]["count_is_exact"] = {"type": "boolean", "description": described}
        return found


def _count(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST))):
        raise Malformed("bad_number", _("%(field)s must be a whole number.") % {"field": name}, field=name)
    return int(text)
