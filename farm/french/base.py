"""The base class of the views of the French wire, and their helpers.

JSON parsing, errors with French names, paged lists.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from farm.domain.displacement import WouldDisplace
from farm.domain.no_capacity import NoCapacity
from farm.french.wire_format import read_date, write_date
from kernel.api.raw_forms import SampleBodyRenderer
from kernel.errors import Malformed, Refused, Unknown
from kernel.wire import TooLarge, parse_object

MAX_ROWS = 10_000  # in one answer; a Link header leads to the next rows


class JSONObjectParser(BaseParser):
    """Parse one JSON object in a body of application/json, without its null values.

    Another content type is answered with 415. Raises TooLarge for a body over WIRE_BODY_LIMIT bytes.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        raw = stream.read(settings.WIRE_BODY_LIMIT + 1)
        if len(raw) > settings.WIRE_BODY_LIMIT:
            limit = {"limit": settings.WIRE_BODY_LIMIT}
            raise TooLarge("too_large", _("The body is larger than %(limit)s bytes.") % limit)
        return parse_object(raw)


class FrenchView(APIView):
    body_limit = settings.WIRE_BODY_LIMIT
    parser_classes = [JSONObjectParser]
    renderer_classes = [JSONRenderer, SampleBodyRenderer]
    schema = None  # docs/wire.md describes this wire; the OpenAPI document is of /api/v1
    fields: dict[str, str] = {}  # name of a field in the commands -> its French name, for errors
    samples: dict[str, dict[str, Any]] = {}  # method -> first body of the form in the browsable API

    def sample(self, method: str, shown: dict[str, Any]) -> dict[str, Any] | None:
        """Return the first body of the form for `method`.

        The values on the page replace those of the sample.
        """
        sample = self.samples.get(method)
        return sample and {name: shown.get(name, value) for name, value in sample.items()}

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Answer in JSON when the caller accepts none of our types.

        The original system ignored the Accept header.
        """
        return super().perform_content_negotiation(request, force=True)

    def handle_exception(self, exc: Exception) -> Response:
        """Write the error with the French field names and the dates of this wire."""
        if isinstance(exc, NoCapacity):
            exc.extra = exc.details(write_date)
        if isinstance(exc, WouldDisplace):
            exc.extra = {"reservations": exc.extra["reservations"]}  # this wire has no word for a shortened booking
        if isinstance(exc, Refused):
            exc.field = self.fields.get(exc.field, exc.field)
        return super().handle_exception(exc)

    def body(self) -> dict[str, Any]:
        return dict(self.request.data)

    def page(self, rows: QuerySet[Any]) -> tuple[list[Any], dict[str, str]]:
        """Return at most `limit` rows from `offset`, and the headers of the response.

        When there are more rows, the headers have a Link to them.
        """
        offset, limit = self._read_count("offset", 0), min(self._read_count("limit", MAX_ROWS), MAX_ROWS)
        page = list(rows[offset : offset + limit + 1])
        if len(page) <= limit or not limit:
            return page[:limit], {}
        url = self.request.build_absolute_uri()
        query = self.request.query_params.copy()
        query["offset"], query["limit"] = str(offset + limit), str(limit)
        return page[:limit], {"Link": f'<{url.split("?")[0]}?{query.urlencode()}>; rel="next"'}

    def _read_count(self, name: str, default: int) -> int:
        value = self.request.query_params.get(name, "")
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            raise Malformed("bad_number", _("%(field)s must be a whole number.") % {"field": name}, field=name)
        return int(value)

    def window(self) -> tuple[datetime | None, datetime | None]:
        """Read `from` and `to` of the query; None for one that is absent."""
        start, end = (self.request.query_params.get(name) or None for name in ("from", "to"))
        return (start and read_date(start, "from")) or None, (end and read_date(end, "to")) or None


def id_from_path(text: str) -> int:
    """Read an id out of the path. Raises Unknown when the text cannot be an id."""
    if not _is_id(text):
        raise Unknown("unknown", _("There is nothing at this address."))
    return int(text)


def query_as_body(query: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a query as a JSON body has them.

    Whole numbers become int, the rest stays text.
    """
    return {name: int(text) if _is_id(text) else text for name, text in query.items()}


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def created(request: Request, path: str, pk: int, body: dict[str, Any]) -> Response:
    """Answer 201 with a Location header of `/<path>/<pk>`."""
    return Response(body, status=201, headers={"Location": request.build_absolute_uri(f"/{path}/{pk}")})
