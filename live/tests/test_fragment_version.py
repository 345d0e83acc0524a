"""A fragment that the page shows already is answered with 304."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from live.fragment_version import FragmentVersionMiddleware

HTMX = {"HX-Request": "true"}
FORM = '<form><input type="hidden" name="csrfmiddlewaretoken" value="{}">{}</form>'


def answer(text, status=200, secret="", **headers):
    middleware = FragmentVersionMiddleware(lambda request: HttpResponse(text, status=status))
    return middleware(RequestFactory().get("/", headers=headers, CSRF_COOKIE=secret))


def test_an_unchanged_fragment_is_not_sent_again():
    first = answer("<p>5 free</p>", **HTMX)
    again = answer("<p>5 free</p>", **HTMX, **{"If-None-Match": first["ETag"]})
    changed = answer("<p>4 free</p>", **HTMX, **{"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, changed.status_code) == (200, 304, 200)
    assert again.content == b"" and again["Atelier-Drawn"].isdigit()


def test_another_token_of_a_form_is_no_change():
    first = answer(FORM.format("abc", "Book"), **HTMX)
    headers = HTMX | {"If-None-Match": first["ETag"]}

    assert answer(FORM.format("xyz", "Book"), **headers).status_code == 304
    assert answer(FORM.format("abc", "Cancel"), **headers).status_code == 200


def test_a_new_secret_of_the_browser_is_a_change_where_there_is_a_form():
    """Somebody who signs in again has another one, with which the tokens of the open page are refused."""
    for text, status in ((FORM.format("abc", "Book"), 200), ("<p>5 free</p>", 304)):
        first = answer(text, secret="1" * 32, **HTMX)
        headers = HTMX | {"If-None-Match": first["ETag"]}
        assert answer(text, secret="1" * 32, **headers).status_code == 304
        assert answer(text, secret="2" * 32, **headers).status_code == status


@pytest.mark.parametrize(("status", "headers"), [(200, {}), (403, HTMX), (204, HTMX)])
def test_pages_and_refusals_have_no_version(status, headers):
    assert "ETag" not in answer("text", status, **headers).headers
