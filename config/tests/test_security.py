"""Settings that keep people safe: read from the true settings, not from the tests' own."""

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
