"""Checks the signature of a hook over the raw bytes of the body, in the way of each forge.

GitHub, Bitbucket, Gogs, Gitea and Forgejo sign the body; GitLab sends the secret itself or signs with it; Azure DevOps
sends it as a password. An empty signature counts as none: Gitea sends its headers also when no secret is set.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from django.utils.translation import gettext as _

from gitsync.models.hook_addresses import SECRET_PREFIX
from kernel.errors import NotAllowed

_BODY_SIGNATURES = (
    "X-Forgejo-Signature",
    "X-Gitea-Signature",
    "X-Gogs-Signature",
    "X-Hub-Signature-256",
    "X-Hub-Signature",
)
_SIGNATURES = (*_BODY_SIGNATURES, "X-Gitlab-Token", "webhook-signature", "Authorization")
_ALGORITHMS = {"": "sha256", "sha256": "sha256", "sha1": "sha1"}  # GitHub and Gitea send a SHA-1 signature too


Form = Callable[[], Iterable[bytes]]


def is_signed(headers: Mapping[str, str], forms: Sequence[Form], secret: str) -> bool:
    """Whether the hook is signed with the secret; False without a signature.

    Raises NotAllowed when a signature is wrong.

    forms: yield the raw body, and the JSON that is read from it. Gitea signs the JSON inside a form, GitHub the form.
    """
    signed = False
    checks = (
        _check_azure(headers, secret),
        _check_gitlab(headers, forms[0], secret),
        _check_body(headers, forms, secret),
    )
    for signed in chain.from_iterable(checks):  # one wrong signature is enough: the body is not hashed for the others
        if not signed:
            raise NotAllowed("bad_signature", _("The signature of the hook is wrong: check the secret."))
    return signed


def claims_signature(headers: Mapping[str, str]) -> bool:
    """Whether a header may hold a signature or the secret. Only then does `is_signed` need the body."""
    return any(headers.get(header, "").strip() for header in _SIGNATURES)


def _check_body(headers: Mapping[str, str], forms: Sequence[Form], secret: str) -> Iterator[bool]:
    for header in _BODY_SIGNATURES:
        algorithm, _equals, digest = headers.get(header, "").strip().rpartition("=")
        if not digest:
            continue
        name = _ALGORITHMS.get(algorithm.lower())
        expected = (_digest(secret.encode(), name, form()).hex() for form in forms) if name else ()
        yield any(_same(signature, digest.lower()) for signature in expected)


def _check_gitlab(headers: Mapping[str, str], raw: Form, secret: str) -> Iterator[bool]:
    if token := headers.get("X-Gitlab-Token", ""):
        yield _same(secret, token)
    if signatures := headers.get("webhook-signature", "").split():
        before = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}."
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
        digest = _digest(key, "sha256", chain([before.encode("utf-8", "replace")], raw()))
        expected = f"v1,{base64.b64encode(digest).decode()}"
        yield any(_same(expected, signature) for signature in signatures)


def _check_azure(headers: Mapping[str, str], secret: str) -> Iterator[bool]:
    scheme, _space, credentials = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return
    try:
        password = base64.b64decode(credentials.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        yield False
        return
    if password:
        yield hmac.compare_digest(secret.encode(), password)


def _digest(key: bytes, algorithm: str, chunks: Iterable[bytes]) -> bytes:
    mac = hmac.new(key, digestmod=algorithm)
    for chunk in chunks:
        mac.update(chunk)
    return mac.digest()


def _same(expected: str, received: str) -> bool:
    return hmac.compare_digest(expected.encode(), received.encode("utf-8", "replace"))
