"""The baseline of a page: its statements with a plain cursor, and a text of its length, behind the same middleware.

It is never part of the product.
"""

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

settings.ROOT_URLCONF = __name__
ADDRESS = "/plain-page"
PIECE = 300  # characters, as long as a cell of the matrix
SIGN_IN = 2  # the statements of the session and the user, which the middleware sends for every page
SQL: list[str] = []
PIECES: list[str] = []


def imitate(sql: list[str], text: str) -> None:
    """Let the baseline send the statements of this page, without those of the middleware, and a text of its length."""
    SQL[:] = sql[SIGN_IN:]
    PIECES[:] = [text[first : first + PIECE] for first in range(0, len(text), PIECE)]


def plain(request: HttpRequest) -> HttpResponse:
    assert request.user.is_authenticated
    with connection.cursor() as cursor:
        for statement in SQL:
            cursor.execute(statement)
            cursor.fetchall()
    return HttpResponse("".join(PIECES))


urlpatterns = [path(ADDRESS[1:], plain), path("", include("config.urls"))]
