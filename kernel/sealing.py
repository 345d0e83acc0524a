"""Seals secrets, so that nobody reads them from a row or a backup of the database alone.

The keys are those of `GIT_CREDENTIALS_KEY`. The first one seals, all of them open. The key that follows from
`SECRET_KEY` seals where none is given, and opens always, so that a first key can be given later.
"""

import base64
import hashlib
import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SealBroken(Exception):
    """The sealed text was sealed with another key, is damaged, or belongs to something else. Names no secret."""


def seal(secret: str, *, bound_to: str) -> str:
    """Return the secret as an ASCII text that only this installation can open.

    `bound_to` names the row and the server, such as `credential:12@gitlab.school.example`. It is inside the sealed
    text, so a text that was copied into another row cannot be opened there.
    """
    return _fernet().encrypt(json.dumps([bound_to, secret]).encode()).decode()


def unseal(sealed: str, *, bound_to: str) -> str:
    """Return the secret. Raises SealBroken when it was not sealed for `bound_to` with one of the keys."""
    try:
        content = json.loads(_fernet().decrypt(sealed.encode()))
    except (InvalidToken, ValueError):
        raise SealBroken("not sealed with one of the keys") from None
    if not isinstance(content, list) or len(content) != 2 or not isinstance(content[1], str):
        raise SealBroken("not a sealed secret")
    if content[0] != bound_to:
        raise SealBroken("sealed for something else")
    return content[1]


def reseal(sealed: str, *, bound_to: str) -> str:
    """Return the same secret sealed with the first key. Raises SealBroken as `unseal` does."""
    return seal(unseal(sealed, bound_to=bound_to), bound_to=bound_to)


def _fernet() -> MultiFernet:
    digest = hashlib.sha256(f"sealing:{settings.SECRET_KEY}".encode()).digest()
    fallback = base64.urlsafe_b64encode(digest).decode()
    return MultiFernet([Fernet(key) for key in [*settings.GIT_CREDENTIALS_KEY, fallback]])
