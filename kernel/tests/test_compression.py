"""Pages and answers of APIs are compressed, static files have been, the event stream is not."""

import gzip

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from kernel.web.compression import MIN_BYTES, CompressionMiddleware

PAGE = b"<p>a machine is free</p>" * 100


def answer(content=PAGE, **headers):
    middleware = CompressionMiddleware(lambda request: HttpResponse(content))
    return middleware(RequestFactory().get("/", headers=headers))


def test_a_page_is_compressed_for_callers_that_understand_it():
    response = answer(accept_encoding="br, gzip")
    assert response["Content-Encoding"] == "gzip"
    assert response["Vary"] == "Accept-Encoding"
    assert int(response["Content-Length"]) == len(response.content) < len(PAGE)
    assert gzip.decompress(response.content) == PAGE


def test_a_page_is_plain_for_other_callers_and_caches_are_told_that_it_varies():
    response = answer()
    assert response.content == PAGE
    assert "Content-Encoding" not in response
    assert response["Vary"] == "Accept-Encoding"


def test_a_short_answer_stays_as_it_is():
    assert "Content-Encoding" not in answer(b"x" * (MIN_BYTES - 1), accept_encoding="gzip")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_makes_a_browser_ask_for_is_not_compressed(site):
    assert answer(accept_encoding="gzip", sec_fetch_site=site).content == PAGE


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_what_our_own_pages_ask_for_is_compressed(site):
    assert answer(accept_encoding="gzip", sec_fetch_site=site)["Content-Encoding"] == "gzip"


def test_the_same_page_has_different_lengths_so_its_size_tells_little():
    assert len({len(answer(accept_encoding="gzip").content) for _ in range(50)}) > 5
