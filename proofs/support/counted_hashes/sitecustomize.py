"""Notes each password that a server hashes, in the order of the hashes, as a line of the file COUNTED_HASHES.

Python imports this module at its start when the folder of it is in PYTHONPATH. So the servers of a proof run as they
are, and what they hash is counted below all their own code. Only proofs use it.
"""

import os
from collections.abc import Callable
from typing import Any

import argon2.low_level
from argon2 import _password_hasher


def noted(work: Callable[..., Any], position: int) -> Callable[..., Any]:
    """Return `work` with a note of its argument at this position, the password, before it is called."""

    def note(*arguments: Any, **values: Any) -> Any:
        file = os.open(os.environ["COUNTED_HASHES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(file, arguments[position] + b"\n")
        os.close(file)
        return work(*arguments, **values)

    return note


if os.environ.get("COUNTED_HASHES"):
    argon2.low_level.hash_secret = noted(argon2.low_level.hash_secret, 0)
    _password_hasher.verify_secret = noted(_password_hasher.verify_secret, 1)
