"""The version of a row that has no column for it: a hash of its values, for ETag and If-Match."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from kernel.errors import Conflict

DIGITS = 20


def row_version(row: Model) -> str:
    """Return the version of a row: 20 hexadecimal digits that change with any value of its columns."""
    values = [_text(getattr(row, field.attname)) for field in row._meta.concrete_fields]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:DIGITS]


def must_have_version(row: Model, version: str | None) -> None:
    """Raise Conflict (`changed_meanwhile`) unless the row has this version; None means any.

    The caller holds the lock of the row and has read it under that lock.
    """
    if version is not None and row_version(row) != version:
        sentence = _("This was changed in the meantime. Nothing was saved: read it again and repeat your change.")
        raise Conflict("changed_meanwhile", sentence)


def _text(value: Any) -> str | None:
    """Return the same text for a value that was just set and for the one that the database gives back."""
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    return None if value is None else str(value)
