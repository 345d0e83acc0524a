"""Seals secrets, so that a row alone does not give them away. The keys are those of `GIT_CREDENTIALS_KEY`."""

import base64
import hashlib
import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SealBroken(Exception):
    """The sealed text was made with another key, is damaged, or belongs to something else."""


def seal(secret: str, *, bound_to: str) -> str:
    """Return the secret as a text that only this installation reads. `bound_to` names the row and the server."""
    return _fernet().encrypt(json.dumps([bound_to, secret]).encode()).decode()


def unseal(sealed: str, *, bound_to: str) -> str:
    """Return the secret. Raises SealBroken when it was not sealed for `bound_to`."""
    try:
        bound, secret = json.loads(_fernet().decrypt(sealed.encode()))
    except (InvalidToken, ValueError):
        raise SealBroken("not sealed with one of the keys") from None
    if bound != bound_to:
        raise SealBroken("sealed for something else")
    return str(secret)


def _fernet() -> MultiFernet:
    texts = [key.strip() for key in str(getattr(settings, "GIT_CREDENTIALS_KEY", "")).split(",") if key.strip()]
    fallback = base64.urlsafe_b64encode(hashlib.sha256(f"sealing:{settings.SECRET_KEY}".encode()).digest()).decode()
    return MultiFernet([Fernet(key) for key in texts or [fallback]])
