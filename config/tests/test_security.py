"""Security settings, read from the real settings and not from the test settings."""

import structlog
from django_structlog.signals import bind_extra_request_finished_metadata

from config import settings as production


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
