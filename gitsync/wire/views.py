"""The face of the Git module: `/_git_api`, exactly as written, any content type in, JSON out."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gitsync.wire.handlers import handle
from kernel.wire import check_size, read_object


class AlwaysJson(BaseContentNegotiation):
    """The originals' clients accept "text/html, */*" and mean JSON."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class WireView(APIView):
    """Reads the raw body before anything else looks at the request, so that any content type will do."""

    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJson
    filter_backends: list[Any] = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        check_size(request._request)
        super().initial(request, *args, **kwargs)


@extend_schema(exclude=True)  # spoken by machines as docs/wire.md says; the modern API is under /api/v1/
class GitApi(WireView):
    def post(self, request: Request) -> Response:
        return Response(handle(request.user, read_object(request._request)))
