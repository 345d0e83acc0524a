"""Key pairs for reading over SSH, and the text forms of public keys."""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


@dataclass(frozen=True)
class KeyPair:
    """An ed25519 key pair. `public` is one line in OpenSSH form, as forges want it. The text form has no secret."""

    public: str
    private: str = field(repr=False)


def new_key_pair(comment: str = "atelier") -> KeyPair:
    """Make a key pair. `comment` is the last word of the public line; it is ASCII without spaces."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return KeyPair(f"{public} {comment}", private)


def fingerprint(public_line: str) -> str:
    """Return the fingerprint of a public key as ssh-keygen shows it: `SHA256:…`.

    `public_line` is "kind base64", with or without a comment. Raises ValueError when it is no such line.
    """
    words = public_line.split()
    if len(words) < 2:
        raise ValueError("not a public key")
    try:
        blob = base64.b64decode(words[1], validate=True)
    except binascii.Error:
        raise ValueError("not a public key") from None
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
