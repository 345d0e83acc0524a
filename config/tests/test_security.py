"""Security settings, read from the real settings and not from the test settings."""

import logging

import pytest
import structlog
from django_structlog.signals import bind_extra_request_finished_metadata

from config import settings as production
from config.logs import logging_config


def test_passwords_are_hashed_with_argon2():
    assert production.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


def test_the_content_policy_allows_only_our_own_scripts_and_styles():
    directives = production.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["default-src"] == ["'none'"]
    assert directives["script-src"] == directives["style-src"] == ["'self'"]
    assert not [source for sources in directives.values() for source in sources if "unsafe" in source or "*" in source]


def test_trusted_networks_are_the_last_authentication_class():
    order = production.REST_FRAMEWORK["DEFAULT_AUTHENTICATION_CLASSES"]
    assert order[-1] == "accounts.authentication.TrustedNetworkAuthentication"


def test_the_log_shows_the_address_of_the_socket_and_not_that_of_a_header(client):
    addresses = []

    def record_address(**_):
        addresses.append(structlog.contextvars.get_contextvars()["ip"])

    bind_extra_request_finished_metadata.connect(record_address)
    try:
        client.get("/livez", headers={"x-forwarded-for": "203.0.113.9"})
    finally:
        bind_extra_request_finished_metadata.disconnect(record_address)
    assert addresses == ["127.0.0.1"]


@pytest.mark.parametrize("body", ["[" * 100_000, '{"username":' * 50_000], ids=["lists", "objects"])
@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("post", "/api/v1/token/"),
        ("post", "/api/v1/farm/reservations/"),
        ("put", "/api/v1/courses/1/repositories/"),
        ("post", "/Reservation"),
        ("post", "/_git_api"),
        ("post", "/_git_hook"),
    ],
)
def test_a_body_that_is_nested_too_deeply_is_refused(api_of, alice, method, address, body):
    answer = getattr(api_of(alice), method)(address, body, content_type="application/json")
    assert answer.status_code in (400, 404)  # 404: alice is in no course


def test_a_wrong_host_is_logged_as_one_line_without_a_traceback(client, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    handler_filter = logging_config("json", debug=False)["filters"]["strange_requests"]["()"]()
    records = []
    handler = logging.Handler()
    handler.addFilter(handler_filter)
    handler.emit = records.append
    logging.getLogger("django.security.DisallowedHost").addHandler(handler)
    try:
        assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    finally:
        logging.getLogger("django.security.DisallowedHost").removeHandler(handler)
    assert records
    assert not [record for record in records if record.exc_info]
