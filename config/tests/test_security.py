"""Settings that keep people safe: read from the true settings, not from the tests' own."""

import structlog
from django_structlog.signals import bind_extra_request_finished_metadata

from config import settings as production


def test_passwords_are_kept_with_argon2():
    assert production.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


def test_no_page_may_run_what_is_not_ours():
    directives = production.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["default-src"] == ["'none'"]
    assert directives["script-src"] == directives["style-src"] == ["'self'"]
    assert not [word for words in directives.values() for word in words if "unsafe" in word or "*" in word]


def test_the_network_is_asked_last_who_calls():
    order = production.REST_FRAMEWORK["DEFAULT_AUTHENTICATION_CLASSES"]
    assert order[-1] == "accounts.authentication.TrustedNetworkAuthentication"


def test_the_log_names_the_caller_that_the_socket_knows_not_the_one_a_header_claims(client):
    named = []

    def look(**_):
        named.append(structlog.contextvars.get_contextvars()["ip"])

    bind_extra_request_finished_metadata.connect(look)
    try:
        client.get("/livez", headers={"x-forwarded-for": "203.0.113.9"})
    finally:
        bind_extra_request_finished_metadata.disconnect(look)
    assert named == ["127.0.0.1"]
