"""Middleware that compresses pages, parts of pages and answers of APIs, on both kinds of server."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

MIN_BYTES = 1_000  # what is shorter fits into one packet on the network anyway


class CompressionMiddleware(GZipMiddleware):
    """Compresses with gzip, but not what another site makes a browser ask for.

    A page contains secrets, such as that of a hook. Whoever can put guesses into the same page again and again, and see
    its size on the network, learns a secret that is compressed with them (BREACH, 2013). Such requests start on another
    site, and browsers say so in Sec-Fetch-Site. For browsers that do not, Django adds a random number of bytes, CSRF
    tokens are different in each page, and cookies are sent along with links only (SameSite=Lax).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return response
        if not response.streaming and len(getattr(response, "content", b"")) < MIN_BYTES:
            return response
        return super().process_response(request, response)
