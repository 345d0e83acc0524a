"""Answers with 304 when the page already shows the fragment that it asks for.

static/js/live-rows.js sends the version that the page shows (If-None-Match).
"""

import hashlib
import re
import time

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.deprecation import MiddlewareMixin

# The CSRF token is written differently in each answer, although it means the same while the browser's secret does.
CSRF_TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]*')

DRAWN = "atelier.drawn_at"


class FragmentVersionMiddleware(MiddlewareMixin):
    """Gives each fragment that htmx fetches a version, the hash of its text, as a weak ETag.

    The header `Atelier-Drawn` says when the server read its data, in epoch seconds.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.META[DRAWN] = int(time.time())

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.method != "GET" or "HTTP_HX_REQUEST" not in request.META:
            return response
        if not isinstance(response, HttpResponse) or response.status_code != 200 or response.has_header("ETag"):
            return response
        secret = request.META.get("CSRF_COOKIE", "").encode()  # another one after a sign-in: the page needs its tokens
        text = CSRF_TOKEN.sub(rb"\g<1>" + secret, response.content)
        response.headers["ETag"] = etag = f'W/"{hashlib.blake2b(text, digest_size=12).hexdigest()}"'
        answer = get_conditional_response(request, etag=etag, response=response) or response
        answer.headers["Atelier-Drawn"] = str(request.META[DRAWN])
        return answer
