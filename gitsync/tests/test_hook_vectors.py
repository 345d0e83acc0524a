"""Signatures of hooks that others have published, not made by our own code: one for each way to sign.

GitHub and Bitbucket Cloud show theirs in their documentation of hooks; GitLab signs as the Standard Webhooks
specification does, whose example this is; Gitea, Forgejo and Gogs send the bare HMAC of RFC 4231 (SHA-256), with an
older one of RFC 2202 (SHA-1) beside; Azure DevOps sends the password of RFC 7617.
`gitsync/tests/test_hook_signatures.py` sends whole hooks of every forge, with right and with wrong signatures.
"""

import pytest

from gitsync.webhooks.signatures import is_signed
from kernel.errors import NotAllowed

EVERYBODY, JEFE = "It's a Secret to Everybody", "Jefe"
NOTHING = b"what do ya want for nothing?"
SHA256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
SHA1 = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
STANDARD = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
VECTORS = {
    "github": (
        {"X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        b"Hello, World!",
        EVERYBODY,
    ),
    "bitbucket": (
        {"X-Hub-Signature": "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"},
        b"Hello World!",
        EVERYBODY,
    ),
    "gitlab, signing": (STANDARD, b'{"test": 2432232314}', "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    "gitlab, token": ({"X-Gitlab-Token": EVERYBODY}, b"{}", EVERYBODY),
    "gitea": ({"X-Gitea-Signature": SHA256, "X-Hub-Signature": f"sha1={SHA1}"}, NOTHING, JEFE),
    "forgejo": ({"X-Forgejo-Signature": SHA256, "X-Gitea-Signature": SHA256}, NOTHING, JEFE),
    "gogs": ({"X-Gogs-Signature": SHA256}, NOTHING, JEFE),
    "azure": ({"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, b"{}", "open sesame"),
}


@pytest.mark.parametrize("name", VECTORS)
def test_a_published_signature_is_right(name):
    headers, body, secret = VECTORS[name]
    assert is_signed(headers, [lambda: [body]], secret)


@pytest.mark.parametrize("name", VECTORS)
def test_a_published_signature_is_wrong_for_another_secret(name):
    headers, body, _secret = VECTORS[name]
    with pytest.raises(NotAllowed):
        is_signed(headers, [lambda: [body]], "whsec_b3RoZXI=")


@pytest.mark.parametrize("name", [name for name in VECTORS if name not in ("gitlab, token", "azure")])
def test_a_published_signature_is_wrong_for_another_body(name):
    headers, body, secret = VECTORS[name]
    with pytest.raises(NotAllowed):
        is_signed(headers, [lambda: [body + b" "]], secret)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp"])
def test_gitlab_signs_the_id_and_the_time_too(header):
    _headers, body, secret = VECTORS["gitlab, signing"]
    with pytest.raises(NotAllowed):
        is_signed(STANDARD | {header: "1"}, [lambda: [body]], secret)
