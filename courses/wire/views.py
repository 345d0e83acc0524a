"""POST /_http/messages: receive events from a Git module elsewhere. Only programs may post."""

import uuid

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import IsProgram
from courses.git.receiver import receive
from kernel.errors import Malformed
from kernel.wire import read_object


class _NoParser(BaseParser):
    """Leave the body to `read_object`, whatever its content type: the contract names none."""

    media_type = "*/*"

    def parse(self, stream, media_type=None, parser_context=None):  # type: ignore[no-untyped-def]
        return {}


class Messages(APIView):
    """Keep an event and answer 200 `{}`, also when it is known already; otherwise 400, 401, 403, 405 or 413.

    The header X-Event-Id (a UUID) identifies a repetition. The original programs send none: then each post is a new
    event. A repetition changes nothing even so, because every event sets a state or adds rows that are unique by
    commit. Two equal bodies with another event between them (done, not done, done) both count.
    """

    body_limit = settings.EVENT_BODY_LIMIT
    permission_classes = [IsProgram]
    parser_classes = [_NoParser]
    schema = None

    def post(self, request: Request) -> Response:
        event_id = _event_id(request.headers.get("X-Event-Id", ""))
        receive(event_id, read_object(request._request, settings.EVENT_BODY_LIMIT))
        return Response({})


def _event_id(header: str) -> uuid.UUID:
    """Return the header's UUID, or a new one without a header. Raises Malformed.

    MariaDB's UUID type refuses values that are not of RFC 4122: a UUID derived from the value replaces it.
    """
    if not header:
        return uuid.uuid4()
    try:
        event_id = uuid.UUID(header)
    except ValueError:
        raise Malformed("bad_event_id", _("X-Event-Id must be a UUID."), field="X-Event-Id") from None
    return event_id if event_id.variant == uuid.RFC_4122 else uuid.uuid5(uuid.NAMESPACE_OID, event_id.hex)
