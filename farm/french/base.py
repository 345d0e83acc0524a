"""What every view of the French wire shares: JSON alone in, this wire's words in refusals, pages of long lists."""

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

from farm.domain.no_capacity import NoRoom
from farm.french import words
from kernel.api.raw_forms import SampleBodyRenderer
from kernel.errors import Malformed, Refused, Unknown
from kernel.wire import TooLarge, parse_object

MOST = 10_000  # rows in one answer; what is beyond has a Link


class JSONObject(BaseParser):
    """application/json alone (another type is 415): one object, not above the limit, without its null values."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        raw = stream.read(settings.WIRE_BODY_LIMIT + 1)
        if len(raw) > settings.WIRE_BODY_LIMIT:
            limit = {"limit": settings.WIRE_BODY_LIMIT}
            raise TooLarge("too_large", _("The body is larger than %(limit)s bytes.") % limit)
        return parse_object(raw)


class FrenchView(APIView):
    parser_classes = [JSONObject]
    renderer_classes = [JSONRenderer, SampleBodyRenderer]
    schema = None  # docs/wire.md describes this wire; the OpenAPI document is of /api/v1
    fields: dict[str, str] = {}  # the verbs' names for what came in under a French one
    samples: dict[str, dict[str, Any]] = {}  # what a browser's form begins with, by method

    def sample(self, method: str, shown: dict[str, Any]) -> dict[str, Any] | None:
        """Of one thing its own values, of a list the sample."""
        found = self.samples.get(method)
        return found and {word: shown.get(word, value) for word, value in found.items()}

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """JSON for whoever accepts nothing that we have: the original asked nobody."""
        return super().perform_content_negotiation(request, force=True)

    def handle_exception(self, exc: Exception) -> Response:
        """The refusal in this wire's words and dates."""
        if isinstance(exc, NoRoom):
            exc.extra = exc.told(words.date_out)
        if isinstance(exc, Refused):
            exc.field = self.fields.get(exc.field, exc.field)
        return super().handle_exception(exc)

    def body(self) -> dict[str, Any]:
        return dict(self.request.data)

    def page(self, rows: QuerySet[Any]) -> tuple[list[Any], dict[str, str]]:
        """The rows from `offset`, at most `limit`, and a Link header where there are more."""
        offset, limit = self._count("offset", 0), min(self._count("limit", MOST), MOST)
        found = list(rows[offset : offset + limit + 1])
        if len(found) <= limit or not limit:
            return found[:limit], {}
        url = self.request.build_absolute_uri()
        query = self.request.query_params.copy()
        query["offset"], query["limit"] = str(offset + limit), str(limit)
        return found[:limit], {"Link": f'<{url.split("?")[0]}?{query.urlencode()}>; rel="next"'}

    def _count(self, name: str, default: int) -> int:
        value = self.request.query_params.get(name, "")
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            raise Malformed("bad_number", _("%(field)s must be a whole number.") % {"field": name}, field=name)
        return int(value)

    def window(self) -> tuple[datetime | None, datetime | None]:
        """`from` and `to` of the query, each open when absent."""
        start, end = (self.request.query_params.get(name) or None for name in ("from", "to"))
        return (start and words.date_in(start, "from")) or None, (end and words.date_in(end, "to")) or None


def number(text: str) -> int:
    """An id out of an address; what cannot be one is Unknown."""
    if not _is_number(text):
        raise Unknown("unknown", _("There is nothing at this address."))
    return int(text)


def numbers(query: dict[str, Any]) -> dict[str, Any]:
    """A query's values as a body would have them: whole numbers as such."""
    return {name: int(text) if _is_number(text) else text for name, text in query.items()}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def created(request: Request, noun: str, pk: int, body: dict[str, Any]) -> Response:
    return Response(body, status=201, headers={"Location": request.build_absolute_uri(f"/{noun}/{pk}")})
