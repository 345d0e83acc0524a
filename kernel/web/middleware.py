"""Middleware: caches store nothing, no WebSocket is opened, the address of a form leads to a page."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.deprecation import MiddlewareMixin

FRAGMENTS = ("-card", "-fragment")  # ends of the names of addresses that are parts of a page


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


class PageAboveMiddleware(MiddlewareMixin):
    """Redirects from an address that only accepts forms, such as `…/delete/`, to the nearest page above it.

    People come to such an address when they sign in again after sending a form, and from their history. Views of an
    API answer 405 themselves.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or not isinstance(response, HttpResponseNotAllowed):
            return response
        return redirect(_page_above(request.path))


def _page_above(path: str) -> str:
    while path.count("/") > 1:
        path = path.rstrip("/").rpartition("/")[0] + "/"
        try:
            name = resolve(path).url_name or ""
        except Resolver404:
            continue
        if not name.endswith(FRAGMENTS):
            break
    return path
