"""Makes forms safe to send twice: the same form makes one object.

A page gives its form a key. The object that the form makes is noted under the key and the values of the form, in the
same transaction. When the same form is sent again, by a second click or after Back, it leads to this object. Other
values under the same key make another object. So does the same form when its object no longer exists.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

from django.db import IntegrityError
from django.db.models import Model

from accounts.models import User
from farm.models import KeptAnswer
from kernel.errors import Refused

T = TypeVar("T", bound=Model)
KEY = re.compile(r"[0-9a-f]{32}")
NOT_VALUES = frozenset({"csrfmiddlewaretoken", "key", "action", "next", "lost"})  # fields that do not change the object


class SentForm(NamedTuple):
    """A form as it was sent: by whom, under which key ("" for none), with which values."""

    person: User
    key: str
    values: Mapping[str, Any]

    @property
    def caller(self) -> str:
        return f"user:{self.person.pk}"

    @property
    def digest(self) -> str:
        values = {name: value for name, value in self.values.items() if name not in NOT_VALUES}
        return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def name(self) -> str:
        return f"form:{self.key}:{self.digest}"


def new_key() -> str:
    """Return a key for the form of a page."""
    return uuid4().hex


def make_once(
    form: SentForm, find: Callable[[int], T | None], make: Callable[[Callable[[T], object] | None], T]
) -> tuple[T, bool]:
    """Return the object that the form makes, and whether an earlier request has made it.

    `find` gets a primary key and returns the object, or None when it no longer exists. `make` gets a function, or None,
    to pass on as the `also` of a farm command. A form without a key always makes an object. Raises what `make` raises.
    """
    if not KEY.fullmatch(form.key):
        return make(None), False
    made, old_note = _find(form, find)
    if made is not None:
        return made, True

    def note(thing: T) -> None:
        if old_note is not None:  # its object no longer exists
            KeptAnswer.objects.filter(pk=old_note).delete()
        KeptAnswer.objects.create(
            caller=form.caller, key=form.name, request=form.digest, status=201, body=str(thing.pk)
        )

    try:
        return make(note), False
    except (Refused, IntegrityError):
        made, _note = _find(form, find)  # the same form arrived at the same time, and was faster
        if made is None:
            raise
        return made, True


def _find(form: SentForm, find: Callable[[int], T | None]) -> tuple[T | None, int | None]:
    """Return the object that the form has made and the primary key of its note; None for each that is missing."""
    kept = KeptAnswer.objects.filter(caller=form.caller, key=form.name).first()
    return (find(int(kept.body)), kept.pk) if kept else (None, None)
