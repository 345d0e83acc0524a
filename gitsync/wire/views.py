"""`/_git_api`: the Git module's wire. It accepts any content type and answers JSON."""

from typing import Any, cast

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.principals import Principal
from gitsync.wire.handlers import handle
from kernel.wire import check_size, read_object


class AlwaysJson(BaseContentNegotiation):
    """Answer JSON always: the original programs send `Accept: text/html, */*` and expect JSON."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class WireView(APIView):
    """A view that reads the raw body before any parser does, so that every content type is accepted."""

    body_limit = settings.WIRE_BODY_LIMIT
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJson
    filter_backends: list[Any] = []

    def check_body(self, request: Request) -> None:
        """Read the body within the limit. Raises TooLarge."""
        check_size(request._request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.check_body(request)
        super().initial(request, *args, **kwargs)


@extend_schema(exclude=True)  # for programs, see docs/wire.md; the modern API is under /api/v1/
class GitApi(WireView):
    def post(self, request: Request) -> Response:
        caller = cast(Principal, request.user)
        return Response(handle(caller, read_object(request._request)))
