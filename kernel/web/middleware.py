"""Middleware for every request: nothing is stored by caches, and no WebSocket is opened."""

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin


class NoStoreMiddleware(MiddlewareMixin):
    """Tells browsers and proxies to store no page and no answer of an API.

    A shared computer must not show a person's pages after they have signed out. A view that sets Cache-Control itself
    keeps it. Static files have their own: WhiteNoise answers before this middleware.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class NoUpgradeMiddleware(MiddlewareMixin):
    """Answers 400 to a WebSocket handshake. The event stream uses server-sent events.

    ASGI servers report a handshake as a scope of its own (config/asgi.py); WSGI servers pass it on as a request.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if request.headers.get("Upgrade", "").strip().lower() != "websocket":
            return None
        return HttpResponse("There is no WebSocket here.\n", status=400, content_type="text/plain")
