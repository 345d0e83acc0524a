"""Pagination of the APIs. Lists that grow for years stop counting at a limit, and so does their offset."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response

from kernel.errors import Malformed

MAX_COUNT = 10_000
MAX_OFFSET = 100_000
MAX_PARAMETER = 999_999_999  # a `limit` above max_limit becomes max_limit; a number above this one is refused


class Pagination(LimitOffsetPagination):
    """`?limit=` (50, at most 500) and `?offset=`; answers `{count, next, previous, results}`."""

    default_limit = 50
    max_limit = 500


class CappedCountPagination(Pagination):
    """`{count, count_is_exact, next, previous, results}`: `count` stops at MAX_COUNT, `offset` at MAX_OFFSET.

    Each page reads one row more than its limit. That row says whether there is a next page, without a full count.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        limit = _number(request, "limit", self.default_limit)
        self.limit = min(limit or self.default_limit, self.max_limit)
        self.offset = _number(request, "offset", 0)
        if self.offset > MAX_OFFSET:
            sentence = _("offset must be at most %(limit)s: narrow the list with from and to.") % {"limit": MAX_OFFSET}
            raise Malformed("too_far", sentence, field="offset")
        rows = list(queryset[self.offset : self.offset + self.limit + 1])
        self.has_next = len(rows) > self.limit
        self.counted = _count(queryset, MAX_COUNT + 1)
        # The browsable API computes its page links from `count`.
        self.count = max(min(self.counted, MAX_COUNT), self.offset + len(rows))
        self.display_page_controls = self.count > self.limit
        return rows[: self.limit]

    def get_next_link(self) -> str | None:
        return super().get_next_link() if self.has_next else None

    def get_paginated_response(self, data: Any) -> Response:
        exact = self.counted <= MAX_COUNT
        links = {"next": self.get_next_link(), "previous": self.get_previous_link()}
        return Response({"count": min(self.counted, MAX_COUNT), "count_is_exact": exact, **links, "results": data})

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        bounds = {"limit": MAX_PARAMETER, "offset": MAX_OFFSET}
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            parameter["schema"] |= {"minimum": 0, "maximum": bounds[parameter["name"]]}
        return parameters

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        response: dict[str, Any] = super().get_paginated_response_schema(schema)
        description = f"False: there are more than {MAX_COUNT}, and count says {MAX_COUNT}."
        response["properties"]["count_is_exact"] = {"type": "boolean", "description": description}
        return response


def _count(queryset: "QuerySet[Any]", most: int) -> int:
    """Return how many rows there are, at most `most`. Django's own count spends longer on building its SQL."""
    try:
        sql, values = queryset.order_by().values("pk")[:most].query.sql_with_params()
    except EmptyResultSet:  # no row can match, so there is no SQL
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({sql}) counted", values)  # noqa: S608 # nosec B608 - Django has built it
        return int(cursor.fetchone()[0])


def _number(request: Request, name: str, default: int) -> int:
    """Return a query parameter as a whole number; raises Malformed for anything else."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_PARAMETER))):
        raise Malformed("bad_number", _("%(field)s must be a whole number.") % {"field": name}, field=name)
    return int(text)
