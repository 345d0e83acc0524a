"""The Content-Security-Policy header, which is the same for every answer."""

from http import HTTPStatus
from typing import Any

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

DJANGO_PAGES = (HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR)


class ContentPolicyMiddleware(MiddlewareMixin):
    """Adds CONTENT_SECURITY_POLICY, built once at the start. No view here changes it or uses a nonce.

    With DEBUG on, Django's own error pages have inline styles and go without it.
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self._policy = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not (settings.DEBUG and response.status_code in DJANGO_PAGES):
            response.headers.setdefault(HEADER, self._policy)
        return response
