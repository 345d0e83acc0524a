"""Requests are read as UTF-8, whatever their Content-Type says."""

import io

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.test import AsyncRequestFactory, RequestFactory

from kernel.web.utf8_requests import Utf8ASGIRequest, Utf8WSGIRequest

CHARSETS = ["zlib", "bz2", "hex", "rot13", "idna", "punycode", "undefined", "utf-7", "utf-16", "latin-1", "utf-8"]
FORM = 'multipart/form-data; boundary=x; charset="{}"'
BODY = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\né\r\n--x--\r\n'.encode()


def wsgi(content_type, body, query, request_class=Utf8WSGIRequest):
    environ = RequestFactory()._base_environ(
        REQUEST_METHOD="POST", CONTENT_TYPE=content_type, QUERY_STRING=query, CONTENT_LENGTH=str(len(body))
    )
    return request_class(environ | {"wsgi.input": io.BytesIO(body)})


def asgi(content_type, body, query, request_class=Utf8ASGIRequest):
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    scope = AsyncRequestFactory()._base_scope(path="/", method="POST", headers=headers, query_string=query.encode())
    return request_class(scope, io.BytesIO(body))


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("request_of", [wsgi, asgi])
def test_query_and_form_are_read_as_utf_8(request_of, charset):
    request = request_of(FORM.format(charset), BODY, "b=%C3%A9")
    assert (request.GET["b"], request.POST["a"], request.content_type) == ("é", "é", "multipart/form-data")


@pytest.mark.parametrize(("request_of", "request_class"), [(wsgi, WSGIRequest), (asgi, ASGIRequest)])
def test_django_s_own_requests_fail(request_of, request_class):
    with pytest.raises(LookupError, match="zlib"):
        _post = request_of(FORM.format("zlib"), BODY, "b=%C3%A9", request_class).POST


def test_too_many_fields_in_a_query_are_an_error_of_the_view_and_not_of_the_server():
    request = wsgi("text/plain; charset=utf-8", b"", "&".join(f"a{n}=1" for n in range(1001)))
    with pytest.raises(Exception, match="number of GET/POST parameters"):
        _query = request.GET
