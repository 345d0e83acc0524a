"""POST /_http/messages: events from a Git module elsewhere. Machines only."""

import uuid

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import IsProgram
from courses.git.receiver import receive
from kernel.errors import Malformed
from kernel.wire import read_object


class _Untouched(BaseParser):
    """The contract names no content type: the body is read by `read_object`, whatever it calls itself."""

    media_type = "*/*"

    def parse(self, stream, media_type=None, parser_context=None):  # type: ignore[no-untyped-def]
        return {}


class Messages(APIView):
    """200 `{}` once the event is kept (also when it was already); 400, 401, 403, 405, 413 otherwise.

    X-Event-Id (a UUID) makes a repetition harmless. Without one, as the originals send, each post is an event of its
    own: every event sets a state or adds rows that are unique by commit, so a repetition changes nothing either, and
    two equal bodies with another in between (done, not done, done) both count.
    """

    permission_classes = [IsProgram]
    parser_classes = [_Untouched]
    schema = None

    def post(self, request: Request) -> Response:
        event_id = _event_id(request.headers.get("X-Event-Id", ""))
        receive(event_id, read_object(request._request, settings.EVENT_BODY_LIMIT))
        return Response({})


def _event_id(header: str) -> uuid.UUID:
    """The header's UUID. MariaDB's type refuses some that no RFC makes: such a one stands for a UUID made of it."""
    if not header:
        return uuid.uuid4()
    try:
        given = uuid.UUID(header)
    except ValueError:
        raise Malformed("bad_event_id", _("X-Event-Id must be a UUID."), field="X-Event-Id") from None
    return given if given.variant == uuid.RFC_4122 else uuid.uuid5(uuid.NAMESPACE_OID, given.hex)
