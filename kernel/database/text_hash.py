"""A short hash that stands for a long text in an index. MariaDB limits the keys of an index to 3,072 bytes."""

import hashlib


def text_hash(text: str) -> str:
    """Return the SHA-256 of the text in hex, to be stored and indexed instead of it."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
