"""The caller's address: whatever a proxy writes becomes one address, or none."""

import pytest
from django.test import RequestFactory

from kernel.web.client_address import client_address, read_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("1.2.3.4:5678", "1.2.3.4"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ('"[2001:db8::1]:443"', "2001:db8::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:443", "fe80::1"),
        ("", None),
        ("unknown", None),
        ("1" * 100, None),
        ("192.0.2.1" + " " * 100 + "x", None),
        ("300.1.1.1", None),
        ("01.2.3.4", None),
        ("192.0.2.1:x", None),
        ("192.0.2.1:123456", None),
        ("_hidden", None),
        ("fe80::1\x00", None),
        ("١.٢.٣.٤", None),
        ("fe80::%" + "z" * 70, "fe80::"),
    ],
)
def test_whatever_a_proxy_writes_becomes_an_address_or_none(settings, text, address):
    settings.PROXY_COUNT = 1
    assert client_address(RequestFactory().get("/", HTTP_X_FORWARDED_FOR=text)) == address
    assert address is None or len(address) <= 39, "the column of django-axes has 39 characters"


def test_a_unix_socket_has_no_address():
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) is None
    assert read_address("unix:") is None


def test_each_of_our_proxies_adds_an_address_and_the_outermost_saw_the_caller(settings):
    settings.PROXY_COUNT = 2
    request = RequestFactory().get(
        "/", HTTP_X_FORWARDED_FOR="10.9.9.9, 192.0.2.1:4711, 10.0.0.1", REMOTE_ADDR="10.0.0.2"
    )
    assert client_address(request) == "192.0.2.1"
