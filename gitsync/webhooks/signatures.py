"""Whether a hook was sent by somebody who was given the secret: each forge's own proof, over the bytes as they came.

GitHub, Bitbucket, Gitea and Forgejo sign the body; GitLab sends the secret itself or signs with it; Azure DevOps sends
it as a password. One that is empty is none: Gitea sends its headers also where no secret was set.
"""

import base64
import binascii
import hmac
from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext as _

from gitsync.models.hook_addresses import SECRET_PREFIX
from kernel.errors import NotAllowed

_BODY_SIGNATURES = ("X-Forgejo-Signature", "X-Gitea-Signature", "X-Hub-Signature-256", "X-Hub-Signature")
_ALGORITHMS = {"": "sha256", "sha256": "sha256", "sha1": "sha1"}  # SHA-1: beside the other from GitHub and Gitea


def is_signed(headers: Mapping[str, str], forms: Sequence[bytes], secret: str) -> bool:
    """Whether the hook proves the secret; False when it brings no proof. Raises NotAllowed when any proof is wrong.

    `forms`: the body as it came, and what of it is read; Gitea signs the JSON inside a form, GitHub the form.
    """
    verdicts = [*_of_body(headers, forms, secret), *_of_gitlab(headers, forms[0], secret), *_of_azure(headers, secret)]
    if not all(verdicts):
        raise NotAllowed("bad_signature", _("The signature of the hook is wrong: check the secret."))
    return bool(verdicts)


def _of_body(headers: Mapping[str, str], forms: Sequence[bytes], secret: str) -> Iterator[bool]:
    for header in _BODY_SIGNATURES:
        algorithm, _equals, digest = headers.get(header, "").strip().rpartition("=")
        if not digest:
            continue
        name = _ALGORITHMS.get(algorithm.lower())
        meant = [hmac.new(secret.encode(), form, name).hexdigest() for form in forms] if name else []
        yield any(_same(one, digest.lower()) for one in meant)


def _of_gitlab(headers: Mapping[str, str], raw: bytes, secret: str) -> Iterator[bool]:
    if token := headers.get("X-Gitlab-Token", ""):
        yield _same(secret, token)
    if signatures := headers.get("webhook-signature", "").split():
        before = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}."
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
        digest = hmac.new(key, before.encode("utf-8", "replace") + raw, "sha256").digest()
        meant = f"v1,{base64.b64encode(digest).decode()}"
        yield any(_same(meant, given) for given in signatures)


def _of_azure(headers: Mapping[str, str], secret: str) -> Iterator[bool]:
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


def _same(meant: str, given: str) -> bool:
    return hmac.compare_digest(meant.encode(), given.encode("utf-8", "replace"))
