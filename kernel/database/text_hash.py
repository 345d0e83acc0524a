"""The indexed stand-in of a wide text: MariaDB's index keys end at 3,072 bytes."""

import hashlib


def text_hash(text: str) -> str:
    """SHA-256 in hex: the indexed stand-in of a wide text."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
